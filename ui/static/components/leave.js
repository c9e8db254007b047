export default function ({ data, parentElement }) {
  const link = parentElement.querySelector("a");
  const button = parentElement.querySelector("button");
  link.textContent = data.words.account;
  link.href = data.sign_in + "/akun";
  link.target = "_self";
  button.textContent = data.words.leave;
  button.onclick = function () {
    button.disabled = true;
    fetch(data.sign_in + "/keluar", { method: "POST", redirect: "manual" }).finally(function () {
      location.assign(data.sign_in);
    });
  };
}
