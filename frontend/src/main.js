import htmx from "htmx.org";
import "./elements/theme-toggle.js";
import "./elements/menu-keeper.js";
import "./elements/cmd-palette.js";
import "./elements/go-keys.js";
import "./elements/row-keys.js";
import "./elements/page-dialog.js";
import "./elements/toast-region.js";
import "./elements/copy-button.js";
import "./elements/journey-canvas.js";
import "./elements/ui-chart.js";
import "./elements/live-poll.js";
import "./elements/held-back.js";

window.htmx = htmx;
