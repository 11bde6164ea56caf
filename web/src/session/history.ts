import { META, metaString } from "@/acp/meta";
import type { SessionUpdate } from "@/acp/types";
import type { PagePlace } from "@/api/queries";
import type { MessagePage } from "@/api/types";
import { applyUpdates, EMPTY, prepend } from "@/transcript/reducer";
import type { SessionStore } from "./store";

/** ReadPage asks the app for a page of a session's history. */
export type ReadPage = (id: string, place: PagePlace) => Promise<MessagePage>;

/** History brings parts of the history into a session: the newest first, then what the person scrolls or jumps to. */
export class History {
  constructor(private readonly read: ReadPage) {}

  /** newest fills an empty session with the end of its history. False if there is none to resume behind. */
  async newest(store: SessionStore): Promise<boolean> {
    const page = await this.read(store.id, {});
    const transcript = applyUpdates(EMPTY, page.items);
    if (transcript.cursor === undefined) return false;
    store.restart();
    store.change({ transcript, older: page.nextBefore ?? undefined });
    return true;
  }

  /** older goes on before what is shown. */
  async older(store: SessionStore) {
    const { past } = store.view;
    const before = past ? past.older : store.view.older;
    if (before === undefined) return;
    await this.fetch(store, { before }, (page) => {
      const older = page.nextBefore ?? undefined;
      const { view } = store;
      if (past) {
        if (view.past !== past) return;
        store.change({ past: { ...past, transcript: prepend(past.transcript, page.items), older } });
      } else if (view.older === before) {
        store.flush();
        store.change({ transcript: prepend(store.view.transcript, page.items), older });
      }
    });
  }

  /** newer goes on behind a part of the past. */
  async newer(store: SessionStore) {
    const { past } = store.view;
    if (past?.newer === undefined) return;
    await this.fetch(store, { after: past.newer }, (page) => {
      if (store.view.past !== past) return;
      const transcript = applyUpdates(past.transcript, page.items);
      store.change({ past: { ...past, transcript, newer: page.nextAfter ?? undefined } });
    });
  }

  /** jump shows the part of the history around a place. */
  async jump(store: SessionStore, at: string) {
    if (store.view.past?.at === at) return;
    await this.fetch(store, { around: at }, (page) => {
      store.change({
        past: {
          at,
          item: itemAt(page.items, at),
          transcript: applyUpdates(EMPTY, page.items),
          older: page.nextBefore ?? undefined,
          newer: page.nextAfter ?? undefined,
        },
      });
    });
  }

  private async fetch(store: SessionStore, place: PagePlace, take: (page: MessagePage) => void) {
    if (store.view.fetching) return;
    store.change({ fetching: true });
    try {
      take(await this.read(store.id, place));
    } finally {
      store.change({ fetching: false });
    }
  }
}

/** itemAt finds the item that the record with a cursor shows. */
function itemAt(updates: readonly SessionUpdate[], cursor: string): string | undefined {
  const end = updates.findIndex((u) => metaString(u._meta, META.cursor) === cursor);
  if (end < 0) return undefined;
  const before = applyUpdates(EMPTY, updates.slice(0, end));
  const { items, order } = applyUpdates(before, updates.slice(end, end + 1));
  return order.find((id) => items.get(id) !== before.items.get(id));
}
