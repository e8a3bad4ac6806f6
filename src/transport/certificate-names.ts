/** What an X.509 certificate names, read from its bytes: texts made of them can be forged. */
import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate, id_ce_subjectAltName, SubjectAlternativeName } from "@peculiar/asn1-x509";
import type { CertificateNames } from "../model/peer-identity.ts";

const COMMON_NAME = "2.5.4.3";

/** @throws when the bytes are no certificate */
export function certificateNames(der: Uint8Array): CertificateNames {
  const { tbsCertificate } = AsnConvert.parse(der, Certificate);
  const uris: string[] = [];
  for (const { extnID, extnValue } of tbsCertificate.extensions ?? []) {
    if (extnID !== id_ce_subjectAltName) continue;
    for (const name of AsnConvert.parse(extnValue, SubjectAlternativeName)) {
      if (name.uniformResourceIdentifier !== undefined) uris.push(name.uniformResourceIdentifier);
    }
  }
  const commonNames: string[] = [];
  for (const attributes of tbsCertificate.subject) {
    for (const { type, value } of attributes) {
      if (type === COMMON_NAME) commonNames.push(value.toString());
    }
  }
  return { uris, commonNames };
}
