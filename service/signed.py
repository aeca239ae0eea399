"""Documents that carry an Ed25519 signature over the canonical JSON (RFC 8785) of all their other members, and its keys."""

import base64
import binascii
from typing import Self

import msgspec
import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key


class SignedDocument:
    """What a manifest can do that has the members `public_key` and `signature`; to be put before `msgspec.Struct`."""

    __slots__ = ()

    public_key: str
    signature: str

    def signed_bytes(self) -> bytes:
        """Return what is signed: the canonical JSON of everything but the signature."""
        members = msgspec.to_builtins(self)
        del members["signature"]
        return rfc8785.dumps(members)

    def signed(self, signer: Ed25519PrivateKey) -> Self:
        """Return the same document with this signer's public key and signature."""
        unsigned = msgspec.structs.replace(self, public_key=encode_key(signer.public_key()))  # type: ignore[type-var]
        signature = base64.b64encode(signer.sign(unsigned.signed_bytes())).decode()
        return msgspec.structs.replace(unsigned, signature=signature)  # type: ignore[type-var]  # a Struct, see above

    def is_signed_by_its_key(self) -> bool:
        """Return whether the signature fits the document and the key it names."""
        try:
            signature = base64.b64decode(self.signature, validate=True)
            load_public_key(self.public_key).verify(signature, self.signed_bytes())
        except (ValueError, InvalidSignature):
            return False
        # the last character before the padding has bits that decoding ignores: they must be zero
        return base64.b64encode(signature).decode() == self.signature

    def render(self) -> bytes:
        """Return the one form of the file: keys sorted, indented by two, a newline at the end."""
        return msgspec.json.format(msgspec.json.encode(self, order="sorted"), indent=2) + b"\n"


def encode_key(key: Ed25519PublicKey) -> str:
    """Return the 32 raw bytes of a public key, base64."""
    return base64.b64encode(key.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def pem_of(key: Ed25519PublicKey) -> str:
    """Return a public key as PEM (SubjectPublicKeyInfo), which OpenSSL reads."""
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def load_public_key(text: str) -> Ed25519PublicKey:
    """Return the public key in PEM or in base64 of its raw bytes; raises ValueError for anything else."""
    text = text.strip()
    if text.startswith("-----BEGIN"):
        key = load_pem_public_key(text.encode())
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("not an Ed25519 key")
        return key
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    except binascii.Error as error:
        raise ValueError("not a base64 key") from error
