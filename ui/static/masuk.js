// A link from outside brings no cookie (SameSite=Strict) although somebody is signed in. This page's own question
// does: then go where the link led.
if (document.body.dataset.page === "masuk") {
  fetch("/masuk/siapa", { cache: "no-store" }).then((answer) => answer.json()).then(function (told) {
    if (!told.signed_in) return;
    const asked = new URLSearchParams(location.search).get("ke") || "/";
    location.replace(/^\/(?![\/\\])/.test(asked) ? asked : "/");
  });
}
