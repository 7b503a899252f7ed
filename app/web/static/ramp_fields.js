// The figures of a ramp: only those show that its shape and its measure need.
const RISING = ["linear", "s_curve", "steps"];

export function showFigures(ramp) {
  const shape = ramp.querySelector("select[name$=-shape]").value;
  const by = ramp.querySelector("select[name$=-by]").value;
  const drawn = shape === "drawn";
  const needed = {
    "for-curve": !drawn,
    "for-total": !drawn && by === "total",
    "for-peak": !drawn && by === "peak",
    "for-rise": RISING.includes(shape),
    "for-exponential": shape === "exponential",
    "for-s_curve": shape === "s_curve",
    "for-steps": shape === "steps",
    "for-drawn": drawn,
  };
  for (const [name, shown] of Object.entries(needed)) {
    for (const part of ramp.querySelectorAll(`.${name}`)) part.hidden = !shown;
  }
}
