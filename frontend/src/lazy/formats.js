const language = document.documentElement.lang || "en";
// Days come as dates without a time, which Date.parse puts at midnight UTC.
const short = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", timeZone: "UTC" });
const long = new Intl.DateTimeFormat(language, { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });

export function shortDay(time) {
  return short.format(time);
}

export function longDay(time) {
  return long.format(time);
}

/** Returns the function that writes a value of this chart: a number, a percentage or an amount. */
export function writer(spec, { compact = false } = {}) {
  if (spec.form === "percent") return (value) => `${Number(value.toFixed(1))}%`;
  const options = compact ? { notation: "compact", maximumFractionDigits: 1 } : { maximumFractionDigits: 1 };
  if (spec.form === "money") {
    Object.assign(options, { style: "currency", currency: spec.currency ?? "USD", currencyDisplay: "narrowSymbol" });
    if (!compact) options.maximumFractionDigits = 0;
  }
  const format = new Intl.NumberFormat(language, options);
  return (value) => format.format(value);
}
