#!/usr/bin/env python3
"""Writes tests/Portal.Domain.Tests/Rating/RatingCases.tsv: what the API's contract says that prices cost, worked out here in exact
fractions and by nothing of ours. Run it from the repository's root; the file is committed, and a test holds the code to it.

Columns: currency, price (JSON), input (a quantity, or the values of events in order of time with ';' between), amount (12 places), rounded, why."""
import json
import math
from fractions import Fraction as F
from pathlib import Path

DIGITS = {"USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}
CRUMB = F(1, 10**12)


def half_away(value, places):
    scaled = abs(value) * 10**places
    whole = math.floor(scaled + F(1, 2))
    return F(-whole if value < 0 else whole, 10**places)


def text(value, places):
    sign = "-" if value < 0 else ""
    digits = str(abs(int(value * 10**places))).rjust(places + 1, "0")
    return sign + (digits if places == 0 else f"{digits[:-places]}.{digits[-places:]}")


def shortest(value):
    shown = text(value, 12)
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def tiers_of(rate):
    lower = F(0)
    for tier in rate["tiers"]:
        upper = None if tier["upTo"] is None else F(tier["upTo"])
        yield lower, upper, tier
        lower = upper


def tier_at(rate, q):
    return next((lower, tier) for lower, upper, tier in tiers_of(rate) if upper is None or q <= upper)


def graduated(rate, q, price, per):
    total = F(0)
    for lower, upper, tier in tiers_of(rate):
        if lower == 0 or q > lower:
            inside = (q if upper is None else min(q, upper)) - lower
            total += max(inside, F(0)) * F(tier[price]) / F(tier.get(per, per if per.isdigit() else "1")) + F(tier.get("flat", "0"))
    return total


def percentage(rate, values, included):
    # Included value comes off first, then the free allowance: both in order of time.
    left_included = included
    events_left = int(rate["freeEvents"]) if "freeEvents" in rate else None
    value_left = F(rate["freeAmount"]) if "freeAmount" in rate else None
    free = events_left is not None or value_left is not None
    total = F(0)
    for v in values:
        if left_included > 0:
            taken = min(v, left_included)
            left_included -= taken
            if taken == v:
                continue
            v -= taken
        if free and (events_left is None or events_left > 0) and (value_left is None or value_left > 0):
            if events_left is not None:
                events_left -= 1
            if value_left is None or v <= value_left:
                if value_left is not None:
                    value_left -= v
                continue
            v -= value_left
            value_left = F(0)
        charge = v * F(rate["percent"]) / 100 + F(rate.get("fixed", "0"))
        if "minPerEvent" in rate or "maxPerEvent" in rate:
            charge = half_away(charge, 12)
            charge = max(charge, F(rate["minPerEvent"])) if "minPerEvent" in rate else charge
            charge = min(charge, F(rate["maxPerEvent"])) if "maxPerEvent" in rate else charge
        total += charge
    return total


def cost(price, q, values):
    rate, included = price["rate"], F(price.get("included", "0"))
    model = rate["model"]
    if model == "percentage":
        total = percentage(rate, values, included)
    else:
        q = max(q - included, F(0))
        if model == "flat":
            total = F(rate["amount"])
        elif model == "per_unit":
            total = q * F(rate["amount"]) / F(rate.get("per", "1"))
        elif model == "package":
            total = math.ceil(q / F(rate["size"])) * F(rate["amount"])
        elif model == "graduated":
            total = graduated(rate, q, "amount", "per")
        elif model == "graduated_percentage":
            total = graduated(rate, q, "percent", "100")
        elif model == "volume":
            tier = tier_at(rate, q)[1]
            total = q * F(tier["amount"]) / F(tier.get("per", "1")) + F(tier.get("flat", "0"))
        elif model == "stairstep":
            total = F(tier_at(rate, q)[1]["flat"])
    total = half_away(total, 12)
    if "minimum" in price:
        total = max(total, F(price["minimum"]))
    if "maximum" in price:
        total = min(total, F(price["maximum"]))
    return total


rows = []


def case(currency, price, given, why):
    values = [F(part) for part in given] if isinstance(given, list) else None
    quantity = None if values is not None else F(given)
    total = cost(price, quantity, values if values is not None else [quantity])
    shown = ";".join(shortest(v) for v in values) if values is not None else shortest(quantity)
    rounded = text(half_away(total, DIGITS[currency]), DIGITS[currency])
    rows.append("\t".join([currency, json.dumps(price, separators=(",", ":")), shown, text(total, 12), rounded, why]))


def around(bound):
    """A boundary, one unit and one crumb to either side of it."""
    bound = F(bound)
    return [q for q in (bound - 1, bound - CRUMB, bound, bound + CRUMB, bound + 1) if q >= 0]


def tiered(model, tiers):
    return {"rate": {"model": model, "tiers": tiers}}


GRADUATED = tiered("graduated", [{"upTo": "100", "amount": "0.10"}, {"upTo": "1000", "amount": "0.05", "flat": "2"}, {"upTo": None, "amount": "0.01", "flat": "5"}])
GRADUATED_PER = tiered("graduated", [{"upTo": "10", "amount": "1", "per": "3", "flat": "0.5"}, {"upTo": "20", "amount": "2", "per": "7"}, {"upTo": None, "amount": "0.000000000001"}])
GRADUATED_ONE = tiered("graduated", [{"upTo": None, "amount": "0.333", "flat": "1"}])
GRADUATED_FRACTION = tiered("graduated", [{"upTo": "0.5", "amount": "8"}, {"upTo": "2.25", "amount": "4"}, {"upTo": None, "amount": "1"}])
VOLUME = tiered("volume", [{"upTo": "100", "amount": "0.10", "flat": "1"}, {"upTo": "1000", "amount": "0.05", "flat": "2"}, {"upTo": None, "amount": "0.01"}])
VOLUME_PER = tiered("volume", [{"upTo": "1000000", "amount": "2.50", "per": "1000000"}, {"upTo": None, "amount": "1.25", "per": "1000000", "flat": "0.75"}])
STAIRSTEP = tiered("stairstep", [{"upTo": "100", "flat": "10"}, {"upTo": "1000", "flat": "50"}, {"upTo": None, "flat": "200"}])
PERCENT_TIERS = tiered("graduated_percentage", [{"upTo": "10000", "percent": "2.9"}, {"upTo": "100000", "percent": "2.5", "flat": "20"}, {"upTo": None, "percent": "1"}])
PACKAGE = {"rate": {"model": "package", "size": "1000", "amount": "2.50"}}
PACKAGE_FRACTION = {"rate": {"model": "package", "size": "0.3", "amount": "1"}}
FLAT = {"rate": {"model": "flat", "amount": "49.995"}}
UNIT = {"rate": {"model": "per_unit", "amount": "0.005"}}
MILLION = {"rate": {"model": "per_unit", "amount": "2.50", "per": "1000000"}}
THIRD = {"rate": {"model": "per_unit", "amount": "1", "per": "3"}}
HUGE = "999999999999999"
ALL = [("graduated", GRADUATED), ("graduated, per", GRADUATED_PER), ("graduated, one tier", GRADUATED_ONE), ("graduated, fractions", GRADUATED_FRACTION),
       ("volume", VOLUME), ("volume, per", VOLUME_PER), ("stairstep", STAIRSTEP), ("graduated percentage", PERCENT_TIERS), ("package", PACKAGE),
       ("package of a fraction", PACKAGE_FRACTION), ("flat", FLAT), ("per unit", UNIT), ("per million", MILLION), ("a third", THIRD)]

# Boundaries, the unit and the crumb to either side.
for name, price in ALL:
    for bound in [tier["upTo"] for tier in price["rate"].get("tiers", []) if tier["upTo"]]:
        for q in around(bound):
            case("USD", price, q, f"{name}: around {bound}")
for size, times in (("1000", 1), ("1000", 7), ("0.3", 1), ("0.3", 3)):
    price = PACKAGE if size == "1000" else PACKAGE_FRACTION
    for q in around(F(size) * times):
        case("USD", price, q, f"package: around {times} of {size}")

# Zero, a crumb, fractions, much.
for name, price in ALL:
    for q in ("0", "0.000000000001", "0.5", "1", "3.333333333333", "123.456789012345", "1000000", "22361870"):
        case("USD", price, half_away(F(q), 12), f"{name}: {q}")
for name, price in ALL:
    if price is not MILLION and F(price["rate"].get("amount", "0")) < 2 or "tiers" in price["rate"]:
        case("USD", price, "99999999999999" if price is not PACKAGE_FRACTION else "9999999999999.9", f"{name}: huge")
case("USD", {"rate": {"model": "per_unit", "amount": "1"}}, HUGE, "the largest amount there is")
case("USD", {"rate": {"model": "per_unit", "amount": "0.000000000001"}}, HUGE + ".999999999999", "the smallest price for the most units")
case("USD", {"rate": {"model": "per_unit", "amount": HUGE, "per": HUGE}}, "7", "the largest amount per as many")
case("USD", {"rate": {"model": "flat", "amount": "0"}}, "5", "nothing")

# Currencies with 0, 2 and 3 digits round each in its own way, half away from zero.
for currency in ("USD", "EUR", "JPY", "KWD"):
    for amount in ("0.4", "0.5", "1.5", "2.5", "0.005", "0.015", "0.0005", "0.0015", "0.004999999999", "123.4565", "0.499999999999"):
        case(currency, {"rate": {"model": "per_unit", "amount": amount}}, "1", f"rounded to {DIGITS[currency]} digits")
    for name, price in (("graduated", GRADUATED), ("volume", VOLUME), ("package", PACKAGE), ("per million", MILLION), ("percent tiers", PERCENT_TIERS)):
        case(currency, price, "1234.567", f"{name} in {currency}")

# Included units, the least and the most, each and together.
for name, price in ALL:
    for options in ({"included": "100"}, {"minimum": "7.77"}, {"maximum": "12.34"}, {"included": "50.5", "minimum": "3", "maximum": "60"}):
        for q in ("0", "100", "151"):
            case("USD", {**price, **options}, q, f"{name} with {', '.join(options)}")
for q in around("100"):
    case("USD", {**UNIT, "included": "100"}, q, "included: around its end")
for q in around("1000"):
    case("USD", {**UNIT, "minimum": "5"}, q, "minimum: around what reaches it")
    case("USD", {**UNIT, "maximum": "5"}, q, "maximum: around what reaches it")
case("USD", {**UNIT, "minimum": "5", "maximum": "5"}, "1", "minimum and maximum are one")
case("USD", {**UNIT, "maximum": "0"}, "1000", "a maximum of nothing")
case("JPY", {**UNIT, "minimum": "0.5"}, "0", "half a yen at least")

# A percentage, event by event: fee, allowance, bounds, what straddles the end of the allowance.
FEE = {"model": "percentage", "percent": "2.9", "fixed": "0.30"}
EVENTS = ["100", "0.01", "9999.99", "33.33", "0"]
for extra in ({}, {"freeEvents": "2"}, {"freeEvents": "0"}, {"freeAmount": "150"}, {"freeAmount": "100"}, {"freeEvents": "1", "freeAmount": "150"},
              {"freeEvents": "3", "freeAmount": "50"}, {"minPerEvent": "0.50"}, {"maxPerEvent": "5"}, {"minPerEvent": "0.50", "maxPerEvent": "5"},
              {"freeEvents": "1", "minPerEvent": "1", "maxPerEvent": "2"}, {"freeAmount": "120", "minPerEvent": "0.35"}):
    what = "percentage with " + ", ".join(extra) if extra else "percentage"
    case("USD", {"rate": {**FEE, **extra}}, EVENTS, what)
    case("USD", {"rate": {**FEE, **extra}}, list(reversed(EVENTS)), what + ", in the other order")
    case("KWD", {"rate": {**FEE, **extra}}, ["50", "50", "50", "50"], what + ", equal events")
for values in (["149.99"], ["150"], ["150.01"], ["149", "1"], ["149", "2"], ["151"]):
    case("USD", {"rate": {**FEE, "freeAmount": "150"}}, values, "around the end of the free amount")
case("USD", {"rate": FEE, "included": "120"}, EVENTS, "a percentage with included value")
case("USD", {"rate": {**FEE, "freeEvents": "1"}, "included": "120"}, EVENTS, "included value comes off before the free events")
case("USD", {"rate": FEE, "minimum": "500"}, EVENTS, "a percentage with a minimum")
case("USD", {"rate": FEE, "maximum": "1"}, EVENTS, "a percentage with a maximum")
case("USD", {"rate": {"model": "percentage", "percent": "0"}}, EVENTS, "nothing of everything")
case("JPY", {"rate": {"model": "percentage", "percent": "33.333333333333"}}, ["1", "1", "1"], "a third of a yen, three times")

Path("tests/Portal.Domain.Tests/Rating/RatingCases.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
print(len(rows), "cases")
