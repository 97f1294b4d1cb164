"""Who is who across cameras: tracklets in, people out. Pure, deterministic.

`link` looks at everything; `resolve` settles a few people again after a person's answer, from the
edges that `link` returned. Precedence: human decisions, entered topology, co-occurrence in one
camera (all hard), then learnt travel times (soft). `tracking.linking` has the parts.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from tracking.linking.at_once import AT_ONCE, MARK, learn_at_once, mark_at_once
from tracking.linking.clustering import Clusters, cluster
from tracking.linking.cooccurrence import co_occurring
from tracking.linking.finishing import attach_poor, confidences, numbered
from tracking.linking.graph import (
    Graph,
    compare_looks,
    completed,
    joined,
    pair_logits,
    taking_part,
    usable_pairs,
)
from tracking.linking.links import Adjacency, mean_of
from tracking.linking.passages import Topology, entered_overlapping
from tracking.linking.reconciling import Proposal, reconcile
from tracking.linking.reviewing import review_pairs
from tracking.linking.rules import Rules, make_rules, overruled, rows_of
from tracking.linking.values import (
    Conflict,
    Constraints,
    DecidedByTime,
    IdPairs,
    Linking,
    LinkSettings,
    PairOdds,
    Resolution,
    ReviewPair,
    Sightings,
    Watch,
)
from tracking.topology import learn_topology, time_evidence

__all__ = [
    "RIVAL",
    "Conflict",
    "Constraints",
    "DecidedByTime",
    "LinkSettings",
    "Linking",
    "PairOdds",
    "Proposal",
    "Resolution",
    "ReviewPair",
    "Sightings",
    "affected",
    "co_occurring",
    "link",
    "reconcile",
    "resolve",
    "review_pairs",
]

_LEAST_KEPT = 0.008
"""Edges less probable than this are forgotten; they count as missing."""
RIVAL = 0.1
"""Whom an answer may move besides: people with an edge at least so probable."""


def link(
    sightings: Sightings,
    odds: PairOdds,
    constraints: Constraints | None = None,
    topology: Topology | None = None,
    settings: LinkSettings | None = None,
    seed: int = 0,
    watch: Watch | None = None,
) -> Linking:
    """Find out who is who.

    Args:
        sightings: n tracklets of any cameras.
        odds: how alike two of them look, see `PairOdds`; called with up to 65,536 pairs at a time.
        constraints: decisions and co-occurrence. With `--new` pass all assignments as `kept`.
        topology: what is known of the site.
        settings: how to link.
        seed: of what is sampled.
        watch: told about progress.

    Raises:
        LinkingError: the parts do not fit together.
    """
    constraints, topology = constraints or Constraints(), topology or Topology()
    settings = settings or LinkSettings()
    tell = watch or (lambda share, what: None)
    order = np.argsort(sightings.ids)
    rows = sightings.take(order)
    rules = make_rules(rows, constraints, topology)
    taking = taking_part(rows, rules, settings)
    tell(0.0, "looking for similar sightings")
    looks = compare_looks(rows, lambda a, b: odds(order[a], order[b]), taking, settings, seed)
    a, b = looks.usable[looks.neighbours.a], looks.usable[looks.neighbours.b]
    a, b = joined(len(rows), a, b, *usable_pairs(rows, constraints.doubled, taking))
    tell(0.3, f"comparing {len(a):,} pairs")
    graph = Graph(a, b, pair_logits(looks, rows, constraints, a, b))
    threshold = float(np.log(settings.decide / (1 - settings.decide)))
    cameras = len(np.unique(rows.cameras))
    against = np.zeros((cameras, cameras))
    if settings.learn_times:
        tell(0.6, "learning how long people walk")
        against = learn_at_once(rows, graph.a, graph.b, graph.logits, seed)
        against[entered_overlapping(rows, topology)] = 0.0
        first = cluster(graph.a, graph.b, graph.logits, taking.core, rules, threshold)
        labels = np.where(taking.core, np.array(first.label, np.int64), -1)
        topology = topology.with_learnt(learn_topology(rows, labels, seed=seed))
    graph = graph.plus(time_evidence(rows, topology, graph.a, graph.b))
    tell(0.7, "comparing everybody within a group")
    graph = completed(graph, looks, rows, constraints, topology, taking, rules)
    graph = replace(graph, logits=mark_at_once(rows, against, graph.a, graph.b, graph.logits))
    tell(0.85, "grouping sightings to people")
    probability = (1.0 / (1.0 + np.exp(-graph.logits))).astype(np.float32)
    keep = (probability >= _LEAST_KEPT) | (graph.logits < MARK)
    edges = np.stack([rows.ids[graph.a[keep]], rows.ids[graph.b[keep]]], axis=1)
    resolution, clusters = _settle(rows, edges, probability[keep], rules, settings)
    tell(1.0, "done")
    back = np.argsort(order)
    return Linking(
        ids=sightings.ids,
        labels=resolution.labels[back],
        confidence=resolution.confidence[back],
        poor=(taking.poor & ~rules.decisions.excluded)[back],
        edges=edges,
        probability=probability[keep],
        pairs_compared=len(graph.a),
        held=resolution.held[back],
        conflicts=resolution.conflicts,
        decided_by_time=_decided_by_time(rows, clusters, graph, threshold),
    )


def resolve(
    sightings: Sightings,
    edges: IdPairs,
    probability: NDArray[np.float32],
    constraints: Constraints | None = None,
    topology: Topology | None = None,
    settings: LinkSettings | None = None,
) -> Resolution:
    """Settle a few people again: the clustering of `link` on them alone, from stored edges.

    Args:
        sightings: those concerned, see `affected`; vectors may be (n, 0).
        edges: (e, 2) tracklet ids from `Linking.edges`; those of other tracklets are ignored.
        probability: (e,) from `Linking.probability`.
        constraints: all that holds now, the new answer included.
        topology: as for `link`.
        settings: as for `link`.
    """
    settings = settings or LinkSettings()
    order = np.argsort(sightings.ids)
    rows = sightings.take(order)
    rules = make_rules(rows, constraints or Constraints(), topology or Topology())
    resolution, _ = _settle(rows, edges, probability, rules, settings)
    back = np.argsort(order)
    return Resolution(
        resolution.labels[back],
        resolution.confidence[back],
        resolution.held[back],
        resolution.conflicts,
    )


def affected(
    ids: NDArray[np.int64],
    labels: NDArray[np.int64],
    edges: IdPairs,
    probability: NDArray[np.float32],
    tracklets: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Whom an answer about some tracklets may move: they, their people, and the likeliest rivals.

    Args:
        ids: (n,) tracklet ids.
        labels: (n,) the present person of each; negative for none.
        edges: (e, 2) tracklet ids.
        probability: (e,).
        tracklets: (t,) ids the answer was about.

    Returns:
        (m,) tracklet ids, ascending: what to give `resolve`.
    """
    order = np.argsort(ids)
    known, people = ids[order], labels[order].astype(np.int64)
    alone = people < 0
    people[alone] = people.max(initial=0) + 1 + np.arange(int(alone.sum()))
    theirs = np.unique(people[np.isin(known, tracklets)])
    a, b = rows_of(known, edges[probability >= RIVAL])
    near = np.isin(people[a], theirs) | np.isin(people[b], theirs)
    concerned = np.unique(np.concatenate([theirs, people[a[near]], people[b[near]]]))
    return known[np.isin(people, concerned)]


def _settle(
    rows: Sightings,
    edges: IdPairs,
    probability: NDArray[np.float32],
    rules: Rules,
    settings: LinkSettings,
) -> tuple[Resolution, Clusters]:
    """The last step of `link` and all of `resolve`: rows sorted by id, edges by ids."""
    taking = taking_part(rows, rules, settings)
    there = np.isin(edges, rows.ids).all(axis=1)
    a, b = rows_of(rows.ids, edges[there])
    p = np.clip(probability[there].astype(np.float64), 1e-7, 1 - 1e-7)
    logits = np.log(p / (1 - p))
    threshold = float(np.log(settings.decide / (1 - settings.decide)))
    clusters = cluster(a, b, logits, taking.core, rules, threshold)
    known = taking.core | (taking.usable & ~rules.decisions.excluded)
    both = known[a] & known[b]
    graph = Adjacency.of(len(rows), a[both], b[both], logits[both])
    assigned = attach_poor(clusters, graph, taking.poor | rules.decisions.excluded)
    confidence = confidences(clusters, graph)
    labels = numbered(clusters.label, assigned)
    confidence[labels < 0] = 0.0
    conflicts = (*rules.decisions.conflicts, *overruled(rows, rules))
    return Resolution(labels, confidence, rules.decisions.held(), conflicts), clusters


def _decided_by_time(
    rows: Sightings, clusters: Clusters, graph: Graph, threshold: float
) -> tuple[DecidedByTime, ...]:
    """Pairs that hard rules kept apart, and those that were in two places at once."""
    found = []
    for (a, b), (rule, mean) in clusters.blocked.items():
        if clusters.label[a] != clusters.label[b]:
            found.append(_kept_apart(rows, a, b, rule, mean))
    marked = np.flatnonzero(graph.logits < MARK)
    near = Adjacency.of(len(rows), graph.a, graph.b, graph.logits) if len(marked) else None
    said = set()
    for a, b in zip(graph.a[marked].tolist(), graph.b[marked].tolist(), strict=True):
        one, two = clusters.label[a], clusters.label[b]
        if near is None or one == two or (one, two) in said:
            continue
        said |= {(one, two), (two, one)}
        total, count, weight = near.towards(clusters.members[one], clusters.label)[two]
        pairs = len(clusters.members[one]) * len(clusters.members[two])
        looks = mean_of((total, count, 0.0), pairs)
        if looks >= threshold > mean_of((total, count, weight), pairs):
            found.append(_kept_apart(rows, a, b, AT_ONCE, looks))
    return tuple(sorted(found, key=lambda each: (-each.probability, each.a, each.b)))


def _kept_apart(rows: Sightings, a: int, b: int, rule: str, mean: float) -> DecidedByTime:
    return DecidedByTime(int(rows.ids[a]), int(rows.ids[b]), rule, float(expit(mean)))
