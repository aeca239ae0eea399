/* Solves an ALTCHA challenge (PBKDF2) beside the page. */
"use strict";
function bytes(hex) {
	var out = new Uint8Array(hex.length / 2);
	for (var i = 0; i < out.length; i++) { out[i] = parseInt(hex.substr(2 * i, 2), 16); }
	return out;
}
function hex(buffer) {
	return Array.prototype.map.call(new Uint8Array(buffer), function (one) { return ("0" + one.toString(16)).slice(-2); }).join("");
}
onmessage = function (event) {
	var challenge = event.data, asked = challenge.parameters, nonce = bytes(asked.nonce), salt = bytes(asked.salt);
	var begun = Date.now(), password = new Uint8Array(nonce.length + 4), view = new DataView(password.buffer);
	password.set(nonce);
	function attempt(counter) {
		view.setUint32(nonce.length, counter);
		return crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]).then(function (key) {
			return crypto.subtle.deriveBits({name: "PBKDF2", hash: "SHA-256", salt: salt, iterations: asked.cost}, key, 8 * asked.keyLength);
		}).then(function (derived) {
			var found = hex(derived);
			if (found.indexOf(asked.keyPrefix) !== 0) { return attempt(counter + 1); }
			var solution = {counter: counter, derivedKey: found, time: Date.now() - begun};
			postMessage(btoa(JSON.stringify({challenge: challenge, solution: solution})));
		});
	}
	attempt(0).catch(function (error) { setTimeout(function () { throw error; }); });
};
