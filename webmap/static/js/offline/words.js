// Fill in the page's sentences on the phone: twin of webmap/words/ (times, numbers, door_reports).

import { rint } from "./snap.js";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Fill the gaps in braces. */
export function fill(sentence, values) {
  return sentence.replace(/\{(\w+)\}/g, (gap, name) => values[name] ?? gap);
}

/** Whole minutes, at least one, of deciseconds. */
export function wholeMinutes(cost) {
  return Math.max(1, rint(cost / 600));
}

/** The sentences of one document, in the clock of its district. */
export class Words {
  #words;
  #limits;
  #format;

  constructor({ words, limits, timezone }) {
    this.#words = words;
    this.#limits = limits;
    this.#format = new Intl.DateTimeFormat("en-GB", {
      timeZone: timezone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit",
    });
  }

  travel(mode, cost) {
    return fill(this.#words.travel[mode], { minutes: wholeMinutes(cost) });
  }

  distance(metres) {
    if (metres < 1000) return fill(this.#words.distance.metres, { number: rint(metres / 10) * 10 });
    return fill(this.#words.distance.kilometres, { number: (metres / 1000).toFixed(1) });
  }

  /** When it closes or opens, of a state that `hoursAt` told for an instant; null where that is not known. */
  hours({ state, closes, opens }, at) {
    const { hours } = this.#words;
    if (state === "open" && closes === null) return hours.always;
    if (state === "open") {
      const night = (instant) => this.#local(instant - this.#limits.small_hours * HOUR).date;
      const time = this.#clock(closes);
      if (night(closes) === night(at)) return fill(hours.closes, { time });
      return fill(hours.until, { day: this.#day(closes, at), time });
    }
    return opens === null ? null : fill(hours.opens, { day: this.#day(opens, at), time: this.#local(opens).time });
  }

  /** What people reported of one thing, as `readDoor` heard it. */
  report({ kind, service, people, latest }, now) {
    const { door, choices } = this.#words;
    const what = kind === "broken" && service ? fill(door.broken, { service: choices[service] }) : door.found[kind];
    return fill(people === 1 ? door.one : door.many, { people, what, ago: this.#ago(now - latest) });
  }

  #ago(age) {
    const [justNow, one, several, hours] = this.#words.door.ago;
    const minutes = Math.floor(age / MINUTE);
    if (minutes < 1) return justNow;
    if (minutes === 1) return one;
    return fill(minutes < 60 ? several : hours, { minutes: minutes % 60, hours: Math.floor(minutes / 60) });
  }

  /** How old what is shown is, in milliseconds. */
  age(age) {
    const { minutes, hours, days } = this.#words.age;
    if (age < 2 * HOUR) return fill(minutes, { number: Math.round(age / MINUTE) });
    if (age < 2 * DAY) return fill(hours, { number: Math.round(age / HOUR) });
    return fill(days, { number: Math.round(age / DAY) });
  }

  /** Midnight is the end of a day. */
  #clock(instant) {
    const { time } = this.#local(instant);
    return time === "00:00" ? "24:00" : time;
  }

  /** Today, tomorrow, the weekday, else the date; midnight belongs to the day it ends. */
  #day(instant, now) {
    const { date } = this.#local(this.#clock(instant) === "24:00" ? instant - MINUTE : instant);
    const days = (Date.parse(date) - Date.parse(this.#local(now).date)) / DAY;
    const names = this.#words.days;
    if (days === 0) return names[7];
    if (days === 1) return names[8];
    return days < 7 ? names[(new Date(date).getUTCDay() + 6) % 7] : date;
  }

  #local(instant) {
    const part = Object.fromEntries(this.#format.formatToParts(instant).map(({ type, value }) => [type, value]));
    return { date: `${part.year}-${part.month}-${part.day}`, time: `${part.hour}:${part.minute}` };
  }
}
