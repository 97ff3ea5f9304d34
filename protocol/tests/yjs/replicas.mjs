// Replicas of yjs for the differential tests (`tests/differential.rs`): each line on stdin is a list of commands, the answer is a
// line with as many replies. Updates travel as y-protocols sync messages. An empty list forgets all replicas.

import { createInterface } from 'node:readline';
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import * as sync from 'y-protocols/sync';
import * as Y from 'yjs';

const replicas = new Map();

/** Gives a sync message of a type with bytes to a document, and returns what it answers. */
function receive(doc, type, bytes) {
  const message = encoding.createEncoder();
  encoding.writeVarUint(message, type);
  encoding.writeVarUint8Array(message, bytes);
  const answer = encoding.createEncoder();
  sync.readSyncMessage(decoding.createDecoder(encoding.toUint8Array(message)), answer, doc, 'test');
  return encoding.toUint8Array(answer);
}

function edit(doc, { at, remove, text }) {
  const shared = doc.getText('code');
  const characters = Array.from(shared.toString());
  const first = at % (characters.length + 1);
  const start = characters.slice(0, first).join('').length;
  const length = characters.slice(first, first + remove).join('').length;
  let update = new Uint8Array([0, 0]);
  const keep = (bytes) => { update = bytes; };
  doc.on('update', keep);
  doc.transact(() => {
    if (length > 0) shared.delete(start, length);
    if (text.length > 0) shared.insert(start, text);
  });
  doc.off('update', keep);
  return update;
}

function difference(doc, state) {
  const answer = decoding.createDecoder(receive(doc, sync.messageYjsSyncStep1, state));
  if (decoding.readVarUint(answer) !== sync.messageYjsSyncStep2) throw new Error('no sync step 2');
  return decoding.readVarUint8Array(answer);
}

function carryOut(order) {
  if (order.do === 'start') {
    const doc = new Y.Doc();
    doc.clientID = order.client;
    doc.getText('code');
    replicas.set(order.replica, doc);
  }
  const doc = replicas.get(order.replica);
  let bytes = new Uint8Array();
  if (order.do === 'edit') bytes = edit(doc, order);
  if (order.do === 'difference') bytes = difference(doc, Buffer.from(order.state, 'base64'));
  if (order.do === 'apply') receive(doc, sync.messageYjsUpdate, Buffer.from(order.update, 'base64'));
  if (order.do === 'undo') bytes = new Uint8Array([0, 0]);
  return {
    bytes: Buffer.from(bytes).toString('base64'),
    state: Buffer.from(Y.encodeStateVector(doc)).toString('base64'),
    text: doc.getText('code').toString(),
  };
}

createInterface({ input: process.stdin }).on('line', (line) => {
  const orders = JSON.parse(line);
  if (orders.length === 0) {
    replicas.clear();
  } else {
    process.stdout.write(JSON.stringify(orders.map(carryOut)) + '\n');
  }
});
