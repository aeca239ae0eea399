/* Every form works without this. ES5 and promises, for old browsers. */
(function () {
	"use strict";
	var body = document.body;

	function each(selector, what) {
		Array.prototype.forEach.call(document.querySelectorAll(selector), what);
	}

	/* What was wrong gets the focus. */
	var errors = document.getElementById("errors");
	if (errors) { errors.focus(); }

	/* Leaving quickly: the button, or three times Shift. */
	var exit = body.getAttribute("data-exit");
	var leaveForm = document.querySelector(".leave");
	function leave() {
		body.hidden = true;
		document.title = "";
		try {
			sessionStorage.clear();
			if (navigator.sendBeacon) { navigator.sendBeacon(leaveForm.action, new URLSearchParams()); }
		} catch (error) { /* it leaves all the same */ }
		location.replace(exit);
	}
	if (exit && leaveForm) {
		leaveForm.addEventListener("submit", function (event) { event.preventDefault(); leave(); });
		var shifts = [];
		document.addEventListener("keyup", function (event) {
			if (event.key !== "Shift") { shifts = []; return; }
			shifts = shifts.concat(Date.now()).slice(-3);
			if (shifts.length === 3 && shifts[2] - shifts[0] < 2000) { leave(); }
		});
	}

	/* Copying. */
	each("[data-copy]", function (button) {
		if (!navigator.clipboard) { return; }
		button.hidden = false;
		button.addEventListener("click", function () {
			var from = document.getElementById(button.getAttribute("data-copy"));
			navigator.clipboard.writeText("value" in from ? from.value : from.textContent).then(function () {
				button.textContent += " ✓";
			});
		});
	});

	/* Printing. */
	each("[data-print]", function (button) {
		button.hidden = false;
		button.addEventListener("click", function () { window.print(); });
	});

	/* What was written stays in this tab until it was taken in. */
	try {
		var sent = sessionStorage.getItem("sent");
		if (sent && !document.querySelector("form[data-keep], [data-failed]")) {
			sessionStorage.removeItem(sent);
			sessionStorage.removeItem("sent");
		}
	} catch (error) { /* no storage */ }
	each("form[data-keep]", function (form) {
		var name = "kept:" + location.pathname;
		try {
			var kept = JSON.parse(sessionStorage.getItem(name) || "{}");
			["narrative", "claimed_institution", "statement"].forEach(function (key) {
				var field = form.elements[key];
				if (field && !field.value && kept[key]) {
					field.value = kept[key];
					if (field.closest && field.closest("details")) { field.closest("details").open = true; }
				}
			});
			form.addEventListener("input", function (event) {
				if (event.target.tagName === "TEXTAREA" || event.target.type === "text") {
					kept[event.target.name] = event.target.value;
					sessionStorage.setItem(name, JSON.stringify(kept));
				}
			});
			form.addEventListener("submit", function () { sessionStorage.setItem("sent", name); });
		} catch (error) { /* no storage */ }
	});

	/* The proof of work begins while the form is filled in. */
	each("form[data-proof-needed]", function (form) {
		var solving = null;
		function solve() {
			if (solving || !window.Worker || !window.fetch || !(window.crypto && crypto.subtle)) { return; }
			solving = fetch("/v1/reporters/challenge").then(function (answer) {
				if (!answer.ok) { throw new Error("refused"); }
				return answer.json();
			}).then(function (challenge) {
				return new Promise(function (done, failed) {
					var worker = new Worker(body.getAttribute("data-proof"));
					worker.onmessage = function (event) { worker.terminate(); done(event.data); };
					worker.onerror = failed;
					worker.postMessage(challenge);
					setTimeout(function () { worker.terminate(); failed(new Error("too slow")); }, 20000);
				});
			}).then(function (solution) {
				var field = document.createElement("input");
				field.type = "hidden";
				field.name = "altcha";
				field.value = solution;
				form.appendChild(field);
			});
			solving.catch(function () { /* one waits instead */ });
		}
		form.addEventListener("focusin", solve);
		form.addEventListener("input", solve);
		var isSent = false, pressed = null;
		form.addEventListener("click", function (event) {
			if (event.target.tagName === "BUTTON") { pressed = event.target; }
		});
		form.addEventListener("submit", function (event) {
			if (isSent || form.elements.altcha || (pressed && pressed.name)) { return; }
			event.preventDefault();
			solve();
			document.getElementById("proof").textContent =
				document.documentElement.lang === "en" ? "Checking that you are not a machine, some seconds…" : "正在做安全检查，几秒钟……";
			function send() { isSent = true; form.submit(); }
			if (solving) { solving.then(send, send); } else { send(); }
		});
	});
})();
