"""Kinds of parties that a case can be about: a closed set, because it decides what may be cited against whom."""

from enum import StrEnum


class Respondent(StrEnum):
    """The kind of party that the caller collects for."""

    BANK = "bank"
    CONSUMER_FINANCE = "consumer_finance"
    INSURER = "insurer"
    SMALL_LOAN = "small_loan"
    INTERNET_PLATFORM = "internet_platform"
    PAYMENT_INSTITUTION = "payment_institution"
    CREDIT_REPORTING = "credit_reporting"
    MERCHANT = "merchant"
    TELECOM = "telecom"
    UNLICENSED_LENDER = "unlicensed_lender"
    UNKNOWN = "unknown"
