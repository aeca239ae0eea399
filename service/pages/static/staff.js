/* The keyboard alone: digits choose, Enter sends, j and k go through a list. Every page works without it. */
(function () {
  "use strict";
  function all(selector) { return Array.prototype.slice.call(document.querySelectorAll(selector)); }
  var rows = all("[data-row] a"), choices = all("[data-choice] input"), place = -1;
  var reason = document.getElementById("reason"), preview = document.getElementById("preview");

  function chosen() { return choices.filter(function (one) { return one.checked; })[0]; }
  function tell() {
    var one = chosen();
    if (!preview || !one) { return; }
    preview.textContent = (reason && reason.value.trim()) || one.getAttribute("data-says") || "";
  }
  choices.forEach(function (one) { one.addEventListener("change", tell); });
  if (reason) { reason.addEventListener("input", tell); }
  tell();

  /* The next thing to do has the focus. */
  var first = document.querySelector("[data-first]");
  if (first && !document.getElementById("errors")) { first.focus(); }

  /* Whoever speaks to the computer, or types by accident, turns single keys off; it is kept on this device. */
  var keys = document.getElementById("keys");
  if (keys) {
    keys.parentNode.hidden = false;
    try { keys.checked = localStorage.getItem("keys") !== "off"; } catch (error) { /* they stay on */ }
    keys.addEventListener("change", function () {
      try { localStorage.setItem("keys", keys.checked ? "on" : "off"); } catch (error) { /* for this page only */ }
    });
  }

  document.addEventListener("keydown", function (event) {
    var at = event.target, isWriting = at.tagName === "TEXTAREA" || (at.tagName === "INPUT" && at.type !== "radio" && at.type !== "checkbox");
    if (event.ctrlKey || event.metaKey || event.altKey) {
      if (event.key === "Enter" && at.form) { event.preventDefault(); at.form.querySelector("button").click(); }
      return;
    }
    if (isWriting || at.tagName === "SELECT" || !keys || !keys.checked) { return; }
    var digit = "123456789".indexOf(event.key);
    if (event.key.length === 1 && digit >= 0 && choices[digit]) {
      event.preventDefault();
      choices[digit].checked = true;
      tell();
      var extra = choices[digit].getAttribute("data-then");
      (extra ? document.getElementById(extra) : choices[digit].form.querySelector("button")).focus();
    } else if (event.key === "r" && reason) {
      event.preventDefault();
      reason.focus();
    } else if ((event.key === "j" || event.key === "k") && rows.length) {
      place = Math.max(0, Math.min(rows.length - 1, place + (event.key === "j" ? 1 : -1)));
      rows[place].focus();
    } else if (event.key === "u") {
      var again = document.getElementById("again");
      if (again) { again.click(); }
    } else if (event.key === "n") {
      var next = document.getElementById("next");
      if (next) { next.click(); }
    }
  });
})();
