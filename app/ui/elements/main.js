// Entry: defines the elements. Each page's markup holds one of the page elements.

import "./library.js";
import "./find.js";
import "./people.js";
import "./match.js";
