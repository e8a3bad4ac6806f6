/**
 * Makes X.509 certificates: one authority for a cluster, and what it signs. Keys are P-256, and
 * signatures ECDSA with SHA-256, which every library of TLS knows.
 */
import {
  createPrivateKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  X509Certificate,
} from "node:crypto";
import { isIP } from "node:net";
import { AsnConvert, OctetString } from "@peculiar/asn1-schema";
import {
  AlgorithmIdentifier,
  AttributeTypeAndValue,
  AttributeValue,
  AuthorityKeyIdentifier,
  BasicConstraints,
  Certificate,
  ExtendedKeyUsage,
  Extension,
  Extensions,
  GeneralName,
  id_ce_authorityKeyIdentifier,
  id_ce_basicConstraints,
  id_ce_extKeyUsage,
  id_ce_keyUsage,
  id_ce_subjectAltName,
  id_ce_subjectKeyIdentifier,
  id_kp_clientAuth,
  id_kp_serverAuth,
  KeyIdentifier,
  KeyUsage,
  KeyUsageFlags,
  Name,
  RelativeDistinguishedName,
  SubjectAlternativeName,
  SubjectKeyIdentifier,
  SubjectPublicKeyInfo,
  TBSCertificate,
  Validity,
  Version,
} from "@peculiar/asn1-x509";
import { identityOf, identityUri, type Role, serverNameOf } from "../model/peer-identity.ts";

/** Both in PEM. */
export interface Issued {
  readonly cert: string;
  readonly key: string;
}

export interface IssueOptions {
  readonly role: Role;
  readonly name: string;
  /** Names and addresses under which it is reached, besides. */
  readonly hosts: readonly string[];
  readonly from: Date;
  readonly until: Date;
}

const COMMON_NAME = "2.5.4.3";
const ECDSA_WITH_SHA256 = "1.2.840.10045.4.3.2";
/** Clocks of two machines differ. */
const EARLIER_MS = 3_600_000;

/** An authority that signs itself. */
export function makeAuthority(name: string, from: Date, until: Date): Issued {
  const pair = newPair();
  const id = keyId();
  const extensions = [
    extension(id_ce_basicConstraints, new BasicConstraints({ cA: true, pathLenConstraint: 0 })),
    usage(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign),
    extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(id), false),
  ];
  const issuer = nameOf(name);
  const to = { subject: issuer, spki: pair.spki, from, until, extensions };
  return { cert: signed({ issuer, key: pair.key }, to), key: pair.key };
}

/** A certificate of `authority`, with a key of its own. */
export function issueCertificate(authority: Issued, options: IssueOptions): Issued {
  const { role, name, hosts, from, until } = options;
  const pair = newPair();
  const ca = AsnConvert.parse(new X509Certificate(authority.cert).raw, Certificate).tbsCertificate;
  const id = ca.extensions?.find(({ extnID }) => extnID === id_ce_subjectKeyIdentifier);
  const purposes = role === "client" ? [id_kp_clientAuth] : [id_kp_serverAuth, id_kp_clientAuth];
  const names = [
    new GeneralName({ uniformResourceIdentifier: identityUri(identityOf(role, name)) }),
    new GeneralName({ dNSName: serverNameOf(role) }),
    ...hosts.map((host) => {
      return new GeneralName(isIP(host) === 0 ? { dNSName: host } : { iPAddress: host });
    }),
  ];
  const extensions = [
    extension(id_ce_basicConstraints, new BasicConstraints({ cA: false })),
    usage(KeyUsageFlags.digitalSignature),
    extension(id_ce_extKeyUsage, new ExtendedKeyUsage(purposes), false),
    extension(id_ce_subjectAltName, new SubjectAlternativeName(names), false),
    extension(id_ce_subjectKeyIdentifier, new SubjectKeyIdentifier(keyId()), false),
  ];
  if (id !== undefined) {
    const { buffer } = AsnConvert.parse(id.extnValue, SubjectKeyIdentifier);
    const keyIdentifier = new KeyIdentifier(buffer);
    const value = new AuthorityKeyIdentifier({ keyIdentifier });
    extensions.push(extension(id_ce_authorityKeyIdentifier, value, false));
  }
  const to = { subject: nameOf(name), spki: pair.spki, from, until, extensions };
  return { cert: signed({ issuer: ca.subject, key: authority.key }, to), key: pair.key };
}

interface Subject {
  readonly subject: Name;
  readonly spki: ArrayBuffer;
  readonly from: Date;
  readonly until: Date;
  readonly extensions: Extension[];
}

function signed(by: { readonly issuer: Name; readonly key: string }, to: Subject): string {
  const algorithm = new AlgorithmIdentifier({ algorithm: ECDSA_WITH_SHA256 });
  const tbsCertificate = new TBSCertificate({
    version: Version.v3,
    serialNumber: serialNumber(),
    signature: algorithm,
    issuer: by.issuer,
    validity: new Validity({
      notBefore: new Date(to.from.getTime() - EARLIER_MS),
      notAfter: to.until,
    }),
    subject: to.subject,
    subjectPublicKeyInfo: AsnConvert.parse(to.spki, SubjectPublicKeyInfo),
    extensions: new Extensions(to.extensions),
  });
  const content = new Uint8Array(AsnConvert.serialize(tbsCertificate));
  const signature = sign("sha256", content, createPrivateKey(by.key));
  const certificate = new Certificate({
    tbsCertificate,
    signatureAlgorithm: algorithm,
    signatureValue: bufferOf(signature),
  });
  const text = Buffer.from(AsnConvert.serialize(certificate)).toString("base64");
  const lines = text.replace(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}

function newPair(): { readonly spki: ArrayBuffer; readonly key: string } {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return {
    spki: bufferOf(publicKey.export({ type: "spki", format: "der" })),
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
  };
}

function nameOf(commonName: string): Name {
  const value = new AttributeValue({ utf8String: commonName });
  const attribute = new AttributeTypeAndValue({ type: COMMON_NAME, value });
  return new Name([new RelativeDistinguishedName([attribute])]);
}

function usage(flags: number): Extension {
  return extension(id_ce_keyUsage, new KeyUsage(flags));
}

function extension(extnID: string, value: object, critical = true): Extension {
  return new Extension({
    extnID,
    critical,
    extnValue: new OctetString(AsnConvert.serialize(value)),
  });
}

/** 16 bytes that nobody can guess; a positive number that begins with no zero. */
function serialNumber(): ArrayBuffer {
  const bytes = randomBytes(16);
  bytes[0] = (bytes[0]! & 0x7f) | 0x40;
  return bufferOf(bytes);
}

/** Tells certificates of one name apart: any bytes do. */
function keyId(): ArrayBuffer {
  return bufferOf(randomBytes(20));
}

function bufferOf(bytes: Buffer): ArrayBuffer {
  return Uint8Array.from(bytes).buffer;
}
