"""Names of the violation types for people; the ids and their order are `ml.signals.VIOLATIONS`."""

from collections.abc import Mapping
from typing import Final, Literal

from ml.words import VIOLATIONS

Violation = Literal[VIOLATIONS]  # type: ignore[valid-type]  # the catalogue is the type

#: id -> (Chinese, English)
VIOLATION_NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "threat": ("恐吓威胁", "threats"),
    "insult": ("侮辱辱骂", "insults"),
    "frequency": ("高频骚扰", "calls at high frequency"),
    "third_party": ("骚扰第三人、爆通讯录", "harassment of third parties"),
    "impersonation": ("冒充公检法、律师", "impersonation of officials or lawyers"),
    "disclosure": ("泄露隐私", "disclosure of private matters"),
    "quiet_hours": ("22:00–8:00来电", "calls between 22:00 and 8:00"),
    "forged_document": ("伪造法律文书", "forged legal documents"),
    "fees_rollover": ("违规收费、诱导借新还旧", "unlawful fees, inducement to new loans"),
    "visit_threat": ("上门威胁", "threats to visit"),
    "image_abuse": ("P图群发", "manipulated pictures sent to groups"),
    "call_bombing": ("呼死你", "call bombing"),
    "robocall": ("机器人外呼", "robocalls"),
    "wrong_person": ("非本人债务", "another person's debt"),
    "fraud": ("诈骗伪装催收", "fraud posing as collection"),
    "spoofed_caller": ("改号、匿名", "forged or hidden caller ID"),
    "after_refusal": ("拒绝后继续", "going on after refusal"),
}
