/** Short words of what was done, which go by themselves. */
class Toasts {
  list = $state<{ id: number; text: string }[]>([]);
  #next = 0;

  say(text: string): void {
    const id = this.#next++;
    this.list.push({ id, text });
    setTimeout(() => (this.list = this.list.filter((one) => one.id !== id)), 6000);
  }
}

export const toasts = new Toasts();
