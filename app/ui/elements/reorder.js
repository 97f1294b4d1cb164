// Lets cards glide to their new places, so that a new order is seen and not only there.

const GLIDE_MS = 350;
const FURTHEST = 40; // cards; those far down are not on the screen

const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// Call before a redraw; the answer, called after it, moves what stayed. key: names a card
export function watchPlaces(root, selector, key) {
  if (still()) return () => null;
  const cards = () => [...root.querySelectorAll(selector)].slice(0, FURTHEST);
  const before = new Map(cards().map((card) => [key(card), card.getBoundingClientRect()]));
  return () => {
    if (before.size === 0) return;
    for (const card of cards()) {
      const from = before.get(key(card));
      const to = card.getBoundingClientRect();
      if (!from) card.animate({ opacity: [0, 1] }, GLIDE_MS);
      else if (from.left !== to.left || from.top !== to.top)
        card.animate(
          {
            transform: [`translate(${from.left - to.left}px, ${from.top - to.top}px)`, "none"],
          },
          { duration: GLIDE_MS, easing: "ease-out" },
        );
    }
  };
}
