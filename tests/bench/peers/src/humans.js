/* SPDX-License-Identifier: GPL-3.0-or-later */
// The Digital Humans that both sides list: number I of them, the same as in bench-fill.c.

const first = ['Ada', 'Alan', 'Basile', 'Chloé', 'Denis', 'Élise', 'Farid', 'Grace', 'Hugo', 'Inès', 'Jules', 'Katell', 'Léon',
  'Maud', 'Nora', 'Oscar', 'Paul', 'Quentin', 'Rose', 'Sofia'];
const last = ['Arnaud', 'Bernard', 'Colin', 'Dubois', 'Evrard', 'Fontaine', 'Garnier', 'Hubert', 'Imbert', 'Joly', 'Klein', 'Lambert',
  'Martin', 'Noël', 'Olivier', 'Petit', 'Roux', 'Simon', 'Thomas', 'Vidal', 'Weber'];
export const workspaces = ['Reception', 'Support', 'Sales', 'Accounts', 'Logistics', 'Recruiting', 'Research'];
export const HOURS = 24;

const states = [];
for (let i = 0; i < 100; i++) states.push(i < 70 ? 'Active' : i < 80 ? 'Stopped' : i < 90 ? 'Working' : i < 95 ? 'Thinking' : 'Failing');

export const name = (i) => `${first[i % first.length]} ${last[Math.floor(i / first.length) % last.length]} ${i}`;
export const state = (i) => states[(i * 37) % 100];
export const workspace = (i) => workspaces[i % workspaces.length];
export const tasks = (i) => (i * 13) % 997;
export const errors = (i) => (i * 7) % 23;
export const latency = (i) => 80 + ((i * 53) % 1900);
export const activityAt = (i, now) => now - ((i * 41) % 86400) * 1000;
export const activity = (i, hour) => (i * 31 + hour * hour * 17) % 23;
