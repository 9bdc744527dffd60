import { Fault } from './fault';

/**
 * Reads, compares and writes what was meant for the version that was read, and does it
 * again where somebody else wrote in between: then the comparison finds what.
 */
export async function unraced<T>(act: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await act();
    } catch (cause) {
      if (tries > 8 || Fault.of(cause).id !== 'security.user.read_again') throw cause;
    }
  }
}
