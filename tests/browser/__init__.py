"""The pages in a real browser, on a phone's screen and on a desk's."""
