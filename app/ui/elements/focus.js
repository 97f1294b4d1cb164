// Puts the focus back where it was after a part of the page was drawn anew.

const keyed = (root) => [...root.querySelectorAll("[data-key]")];
const seen = (one) => one && one.offsetParent !== null;

// Remembers what has the focus within root; the answer puts it there again: on the same control of
// the same item (data-key), else on the item, else on its successor, else on root.
export function keepFocus(root) {
  const active = document.activeElement;
  if (!root.contains(active)) return () => null;
  const item = active.closest("[data-key]");
  const place = item ? keyed(root).indexOf(item) : -1;
  const same = active.dataset.testid && `[data-testid="${active.dataset.testid}"]`;
  return () => {
    if (active.isConnected) {
      active.focus({ preventScroll: true });
      return;
    }
    const after = keyed(root);
    const again = item && after.find((one) => one.dataset.key === item.dataset.key);
    const control = same && (item ? again : root)?.querySelector(`${same}:not(:disabled)`);
    const next = place >= 0 ? after[Math.min(place, after.length - 1)] : null;
    ([control, again, next].find(seen) ?? root).focus({ preventScroll: true });
  };
}

export function redraw(root, draw) {
  const back = keepFocus(root);
  draw();
  back();
}
