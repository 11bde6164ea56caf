import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { patientsQuery, useRepair } from "@/api/queries";
import type { Patient } from "@/api/types";
import { PageHeader } from "@/shell/PageHeader";
import { Button } from "@/ui/Button";
import { ErrorText } from "@/ui/ErrorText";

/** DoctorPage shows administrators which transcripts are damaged, why, and what repair would do. */
export function DoctorPage() {
  const { t } = useTranslation();
  const { data: patients, error, isPending } = useQuery(patientsQuery);
  return (
    <>
      <PageHeader title={t("doctor.title")} />
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto w-full max-w-[820px] space-y-4 px-3 py-4 sm:px-6">
          <p className="text-sm text-soft">{t("doctor.about")}</p>
          {error && <ErrorText error={error} />}
          {isPending && <p className="text-soft">{t("doctor.looking")}</p>}
          {patients?.length === 0 && <p>{t("doctor.well")}</p>}
          {patients?.map((patient) => (
            <PatientCard key={patient.sessionId} patient={patient} />
          ))}
        </div>
      </div>
    </>
  );
}

function PatientCard({ patient }: { patient: Patient }) {
  const { t } = useTranslation();
  const repair = useRepair();
  const { diagnosis } = patient;
  return (
    <section className="rounded-xl border bg-panel p-4" aria-label={patient.sessionId}>
      <h2 className="font-medium">{t("doctor.patient", { name: patient.username, count: diagnosis.damaged })}</h2>
      <p className="text-xs break-all text-soft">{patient.file}</p>
      <ul className="mt-3 space-y-1 text-sm">
        {diagnosis.findings.map((finding) => (
          <li key={finding.line}>
            <span className="text-soft">{t("doctor.line", { line: finding.line })}</span>{" "}
            {t(`doctor.${finding.damage}`, { records: finding.records, lost: finding.lost })}
          </li>
        ))}
      </ul>
      {repair.error && <ErrorText error={repair.error} />}
      {repair.data ? (
        <p className="mt-3 text-sm break-words" role="status">
          {t("doctor.repaired", { ...repair.data })}
        </p>
      ) : (
        <Button className="mt-3" disabled={repair.isPending} onClick={() => repair.mutate(patient.sessionId)}>
          {t("doctor.repair")}
        </Button>
      )}
    </section>
  );
}
