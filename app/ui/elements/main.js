// Entry: defines the element of this page; the others are not even fetched.

import "./demo.js";
import "./terms.js";

const ELEMENTS = {
  find: "./find.js",
  people: "./people.js",
  match: "./match.js",
  system: "./system.js",
};

import(ELEMENTS[location.pathname.split("/").filter(Boolean).at(-1)] ?? "./library.js");
