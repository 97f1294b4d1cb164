// Entry: defines the elements. Each page's markup holds one of the two page elements.

import "./library.js";
import "./find.js";
