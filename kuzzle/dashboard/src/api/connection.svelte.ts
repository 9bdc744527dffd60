/** Whether the server answers. While it does not, it is asked again until it does. */
class Connection {
  lost = $state(false);
  #waiting = new Set<() => void>();

  heard(): void {
    if (this.lost) this.#back();
  }

  lose(): void {
    if (this.lost) return;
    this.lost = true;
    void this.#ask(500);
  }

  /** Calls back when the server answers again. Gives what forgets that. */
  onBack(call: () => void): () => void {
    this.#waiting.add(call);
    return () => this.#waiting.delete(call);
  }

  #back(): void {
    this.lost = false;
    for (const call of this.#waiting) call();
  }

  async #ask(pause: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, pause));
    if (!this.lost) return;
    const there = await fetch('/_now').then((response) => response.status < 500, () => false);
    if (there) this.#back();
    else void this.#ask(Math.min(pause * 1.5, 5000));
  }
}

export const connection = new Connection();
