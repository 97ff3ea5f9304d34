// Saying where this participant is: not too often, and only what the others do not know. Knows a replica and how to send; no page.
import type { SetPresence } from "../protocol/messages";
import type { Replica, Selection } from "./replica";

/** Presence goes out at most this often. */
const PAUSE_MS = 50;

/** Selections of a presence that the server keeps. */
const SELECTIONS_MAX = 64;

/** Where this participant is, in terms of the room; none where there is nothing to say or nobody to hear it. */
export interface Whereabouts {
  replica: Replica;
  /** Whether they only look, so that they have no cursor there. */
  visiting: boolean;
  following: number | null;
}

/** What tells the room where this participant is. */
export class PresenceSender {
  private timer: number | undefined;
  private place: { selections: Selection[]; visible: () => { from: number; to: number } } | null = null;
  private sent = "";

  constructor(
    private readonly whereabouts: () => Whereabouts | null,
    private readonly send: (presence: SetPresence) => boolean,
  ) {}

  /** The cursor, or what can be seen, is elsewhere; what they see is asked for when it is told. */
  point(selections: Selection[], visible: () => { from: number; to: number }): void {
    this.place = { selections: selections.slice(0, SELECTIONS_MAX), visible };
    this.soon();
  }

  /** Another document is shown, whose editor has not said anything yet. */
  forget(): void {
    this.place = null;
  }

  /** The server knows nothing of before. */
  begin(): void {
    this.sent = "";
    this.soon();
  }

  /** Tells it after a pause. */
  soon(): void {
    this.timer ??= window.setTimeout(() => {
      this.timer = undefined;
      this.tell();
    }, PAUSE_MS);
  }

  /** A cursor that moves only along with its text needs no word: its anchors are the same. */
  private tell(): void {
    const where = this.whereabouts();
    const { place } = this;
    if (where === null || place === null) return;
    const { replica, visiting, following } = where;
    const anchored = ({ anchor, head }: Selection) => ({ anchor: replica.anchor(anchor), head: replica.anchor(head) });
    const { from, to } = place.visible();
    const presence: SetPresence = {
      document: replica.path,
      selections: visiting ? [] : place.selections.map(anchored),
      visible: anchored({ anchor: from, head: to }),
      following,
    };
    const words = JSON.stringify(presence);
    if (words !== this.sent && this.send(presence)) this.sent = words;
  }
}
