// A link from outside brings no cookie (SameSite=Strict) although somebody is signed in. This page's own question
// does: then go where the link led.
if (document.body.dataset.page === "masuk") {
  fetch("/masuk/siapa", { cache: "no-store" }).then((answer) => answer.json()).then(function (told) {
    if (!told.signed_in) return;
    // As the browser reads it: it drops tabs and takes "\" for "/", so that "/<tab>/other.site" is another site.
    const asked = new URLSearchParams(location.search).get("ke") || "/";
    const there = URL.canParse(asked, location.origin) ? new URL(asked, location.origin) : null;
    location.replace(there && there.origin === location.origin ? there.href : "/");
  });
}
