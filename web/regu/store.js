// What must outlive a closed page and a flat battery: the token, the order last seen, and what waits to be sent.
// IndexedDB, because a photo is too big for localStorage.
const NAME = "sigap-regu";

let opened = null;

function open() {
  opened ||= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("kept");
      asked.result.createObjectStore("queue", { keyPath: "n", autoIncrement: true });
      asked.result.createObjectStore("fixes", { keyPath: "n", autoIncrement: true });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
  return opened;
}

// Do something in one transaction; resolves when it is on disk.
async function within(name, mode, work) {
  const db = await open();
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(name, mode, { durability: "strict" });
    const request = work(transaction.objectStore(name));
    transaction.oncomplete = () => resolve(request ? request.result : undefined);
    transaction.onabort = () => reject(transaction.error);
  });
}

export const get = (key) => within("kept", "readonly", (store) => store.get(key));
export const set = (key, value) => within("kept", "readwrite", (store) => store.put(value, key));

// Lists are in the order in which their entries were added.
export const add = (name, entry) => within(name, "readwrite", (store) => store.add(entry));
export const first = (name, most) => within(name, "readonly", (store) => store.getAll(null, most));
export const count = (name) => within(name, "readonly", (store) => store.count());
export const remove = (name, entries) => within(name, "readwrite", (store) => {
  for (const entry of entries) store.delete(entry.n);
});
