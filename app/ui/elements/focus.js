// Redraws a part of the page and puts the focus back where it was.

// On the same control of the same item (data-key), else on the item, else on its successor.
export function redraw(root, draw) {
  const active = document.activeElement;
  const inside = root.contains(active);
  const item = inside ? active.closest("[data-key]") : null;
  const items = () => [...root.querySelectorAll("[data-key]")];
  const place = item ? items().indexOf(item) : -1;
  const same = inside && active.dataset.testid && `[data-testid="${active.dataset.testid}"]`;
  draw();
  if (!inside || active.isConnected) return;
  const after = items();
  const again = item && after.find((one) => one.dataset.key === item.dataset.key);
  const seen = (one) => one && one.offsetParent !== null;
  const control = same && (item ? again : root)?.querySelector(`${same}:not(:disabled)`);
  const next = place >= 0 ? after[Math.min(place, after.length - 1)] : null;
  ([control, again, next].find(seen) ?? root).focus({ preventScroll: true });
}
