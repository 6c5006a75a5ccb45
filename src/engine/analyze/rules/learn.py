#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Learns the two generated tables (see README): needs python3-numpy.

    learn.py lexicon FEATURES...                 the lexicon, to standard output
    learn.py voices FRESH FRESH... [-- OTHERS]   the voices, to standard output
    learn.py together FEATURES...                which values go together, to standard output
    learn.py cross FRESH FRESH... [-- OTHERS]    macro-F1 on each FRESH, learnt from all the others

The files hold what `test-analyze-corpus --features CORPUS` prints. FRESH ones come from messages that no rule was
tuned on. The same files give the same tables.
"""
import collections
import sys

import numpy as np

FIELDS = (
    ("urgency", ("low", "normal", "high", "critical")),
    ("category", ("support", "sales", "complaint", "information", "general")),
    ("sentiment", ("negative", "neutral", "positive")),
)
RARE = 3  # a key of fewer messages is left out
TRUST = 0.6  # of what values that go together say about each other


class Messages:
    def __init__(self, paths):
        self.labels, self.keys, voices = [], [], []
        for path in paths:
            lines = open(path, encoding="utf-8").read().splitlines()
            for at in range(0, len(lines) - 2, 3):
                self.labels.append(lines[at].split(" "))
                self.keys.append(set(lines[at + 1].split(" ")) | {"{any}"})
                voices.append([float(number) for number in lines[at + 2].split(" ")])
        self.voices = np.array(voices)

    def classes(self, field):
        names = FIELDS[field][1]
        return np.array([names.index(label[field]) for label in self.labels])


def learn(inputs, classes, n_classes, calm, free, rounds):
    """Logistic regression; `calm` keeps weights small, except those of column `free`."""
    weights = np.zeros((inputs.shape[1], n_classes))
    wanted = np.eye(n_classes)[classes]
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, rounds + 1):
        slope = inputs.T @ (chances(inputs @ weights) - wanted)
        pull = calm * weights
        if free is not None:
            pull[free] = 0
        slope += pull
        mean = 0.9 * mean + 0.1 * slope
        square = 0.99 * square + 0.01 * slope * slope
        pace = 0.05 if step < rounds * 0.6 else 0.015
        weights -= pace * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-6)
    return weights


def chances(scores):
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)


def matrix(messages, places):
    inputs = np.zeros((len(messages.keys), len(places)))
    for row, keys in enumerate(messages.keys):
        for key in keys:
            if key in places:
                inputs[row, places[key]] = 1
    return inputs


def learn_lexicon(messages):
    counts = collections.Counter(key for keys in messages.keys for key in keys)
    names = sorted(key for key, count in counts.items() if count >= RARE)
    places = {key: place for place, key in enumerate(names)}
    inputs = matrix(messages, places)
    weights = [
        learn(inputs, messages.classes(field), len(FIELDS[field][1]), 1.0, places["{any}"], 120)
        for field in range(len(FIELDS))
    ]
    return places, weights


def heard(messages, lexicon, field):
    """The voices of each message, the lexicon's with them."""
    places, weights = lexicon
    words = np.log(chances(matrix(messages, places) @ weights[field]) + 1e-4) / 2
    words = np.pad(words, ((0, 0), (0, 5 - words.shape[1])))
    return np.hstack([messages.voices, words])


def learn_voices(parts):
    weights = []
    for field, (_, names) in enumerate(FIELDS):
        inputs = np.vstack([heard(messages, lexicon, field) for messages, lexicon in parts])
        classes = np.concatenate([messages.classes(field) for messages, _ in parts])
        weights.append(learn(inputs, classes, len(names), 6.0, None, 300))
    return weights


def learn_together(labels):
    """How much likelier the three values are together than each by itself: [urgency, category, sentiment]."""
    counts = np.full([len(names) for _, names in FIELDS], 0.5)
    for label in labels:
        counts[tuple(names.index(value) for (_, names), value in zip(FIELDS, label))] += 1
    counts /= counts.sum()
    alone = [counts.sum(axis=tuple({0, 1, 2} - {field})) for field in range(3)]
    return TRUST * np.log(counts / np.einsum("u,c,s->ucs", *alone))


def decide(each, together):
    """The likeliest three values of each message."""
    logs = [np.log(field + 1e-9) for field in each]
    scores = logs[0][:, :, None, None] + logs[1][:, None, :, None] + logs[2][:, None, None, :] + together
    return np.unravel_index(scores.reshape(len(scores), -1).argmax(axis=1), together.shape)


def macro_f1(labelled, found, n_classes):
    scores = []
    for label in range(n_classes):
        hits = ((labelled == label) & (found == label)).sum()
        total = (labelled == label).sum() + (found == label).sum()
        if (labelled == label).any():
            scores.append(2 * hits / total)
    return sum(scores) / len(scores)


def columns(weights):
    return np.rint(np.hstack(weights) * 100).astype(int)


def print_head(name):
    print(f"# SPDX-License-Identifier: GPL-3.0-or-later\n# {name}, by learn.py: see README. Hundredths.")
    print("# " + " ".join(f"{field}.{value}" for field, values in FIELDS for value in values))


def print_lexicon(messages):
    places, weights = learn_lexicon(messages)
    table = columns(weights)
    print_head("What each word speaks for")
    for key, place in places.items():
        if np.ptp(table[place][:4]) >= 8 or np.ptp(table[place][4:9]) >= 8 or np.ptp(table[place][9:]) >= 8:
            print(key, *table[place])


def print_together(messages):
    print("# SPDX-License-Identifier: GPL-3.0-or-later\n# Which values go together, by learn.py: see README. Hundredths.")
    print("# " + " ".join(FIELDS[2][1]))
    for urgency, rows in zip(FIELDS[0][1], learn_together(messages.labels)):
        for category, row in zip(FIELDS[1][1], rows):
            print(f"{urgency}.{category}", *np.rint(row * 100).astype(int))


def voice_names():
    sums = "low high severe critical support sales complaint information general negative positive ask notice thanks"
    names = [f"{form}.{name}" for name in (sums + " problem question").split() for form in ("sum", "some", "much")]
    names += [f"weighed.{name}" for name in FIELDS[1][1]]
    names += [f"rules.{field}.{value}" for field, values in FIELDS for value in values]
    return names + [f"words.{number}" for number in range(1, 6)]


def fresh_parts(fresh, others):
    """Each fresh file with a lexicon learnt from everything else."""
    return [
        (Messages([path]), learn_lexicon(Messages([other for other in fresh if other != path] + others)))
        for path in fresh
    ]


def cross(fresh, others):
    parts = fresh_parts(fresh, others)
    for at, path in enumerate(fresh):
        weights = learn_voices(parts[:at] + parts[at + 1 :])
        messages, lexicon = parts[at]
        together = learn_together(Messages([other for other in fresh if other != path] + others).labels)
        each = [chances(heard(messages, lexicon, field) @ weights[field]) for field in range(len(FIELDS))]
        decided = decide(each, together)
        for field, (name, names) in enumerate(FIELDS):
            rules = messages.voices[:, [48 + 5 + sum(len(f[1]) for f in FIELDS[:field]) + i for i in range(len(names))]]
            labelled = messages.classes(field)
            print(f"{path} {name}: rules alone {macro_f1(labelled, rules.argmax(axis=1), len(names)):.3f}, "
                  f"with voices {macro_f1(labelled, decided[field], len(names)):.3f}")


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in ("lexicon", "voices", "together", "cross"):
        sys.exit(__doc__)
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    fresh, others = sys.argv[2:split], sys.argv[split + 1 :]
    if sys.argv[1] == "lexicon":
        print_lexicon(Messages(fresh))
    elif sys.argv[1] == "together":
        print_together(Messages(fresh))
    elif sys.argv[1] == "cross":
        cross(fresh, others)
    else:
        table = columns(learn_voices(fresh_parts(fresh, others)))
        print_head("How much each voice counts")
        for name, row in zip(voice_names(), table):
            print(name, *row)


if __name__ == "__main__":
    main()
