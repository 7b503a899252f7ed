// The survey: only the questions that the answers lead to are shown; answers off the way are kept.
export function survey(form, signal) {
  const questions = [...form.querySelectorAll("[data-question]")];
  if (!questions.length) return;

  const follow = () => {
    const path = new Set();
    let key = questions[0].dataset.question;
    while (key && !path.has(key)) {
      path.add(key);
      const question = questions.find((each) => each.dataset.question === key);
      key = question?.querySelector("[data-next]:checked")?.dataset.next;
    }
    for (const question of questions) {
      question.classList.toggle("on-path", path.has(question.dataset.question));
    }
  };

  // An answer may say what the call came to; what was chosen by hand stands.
  let offered = "";
  const offer = (answer) => {
    const { result } = answer.dataset;
    const chosen = form.elements.result.value;
    if (!result || (chosen && chosen !== offered)) return;
    const choice = form.querySelector(`#r-${CSS.escape(result)}`);
    if (!choice) return;
    offered = result;
    choice.checked = true;
    const folded = choice.closest("details");
    if (folded) folded.open = true;
  };

  form.addEventListener("change", (event) => {
    if (event.target.closest?.("[data-question]")) offer(event.target);
    follow();
  }, { signal });
  follow();
}
