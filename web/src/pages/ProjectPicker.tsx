import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronDown, Folder, FolderPlus, Trash2 } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "@/api/client";
import { projectsQuery, useDeleteProject } from "@/api/queries";
import type { Project } from "@/api/types";
import { DeleteDialog } from "@/shell/sessionDialogs";
import { Button } from "@/ui/Button";
import { Dialog } from "@/ui/Dialog";
import { ErrorText } from "@/ui/ErrorText";
import { Field } from "@/ui/Field";
import { Menu, MenuItem } from "@/ui/Menu";

interface ProjectPickerProps {
  /** The directory chosen; undefined is the person's own workspace. */
  value: string | undefined;
  onChange(path: string | undefined): void;
}

/** ProjectPicker chooses the directory in which a new session works. */
export function ProjectPicker({ value, onChange }: ProjectPickerProps) {
  const { t } = useTranslation();
  const { data: projects = [] } = useQuery(projectsQuery);
  const [creating, setCreating] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const remove = useDeleteProject();
  const chosen = projects.find((p) => p.path === value);
  const current = chosen?.name ?? t("home.workspace");
  return (
    <>
      <Menu
        align="start"
        side="top"
        trigger={
          <button
            type="button"
            aria-label={`${t("home.project")}: ${current}`}
            className="inline-flex h-8 max-w-56 items-center gap-1.5 rounded-lg px-2 text-sm text-soft hover:bg-hover hover:text-ink"
          >
            <Folder size={15} className="shrink-0" aria-hidden="true" />
            <span className="truncate">{current}</span>
            <ChevronDown size={13} className="shrink-0" aria-hidden="true" />
          </button>
        }
      >
        <MenuItem chosen={value === undefined} onSelect={() => onChange(undefined)}>
          {t("home.workspace")}
        </MenuItem>
        {projects.map((project) => (
          <MenuItem key={project.path} chosen={project.path === value} onSelect={() => onChange(project.path)}>
            {project.name}
          </MenuItem>
        ))}
        <MenuItem icon={<FolderPlus size={15} />} onSelect={() => setCreating(true)}>
          {t("home.newProject")}
        </MenuItem>
        {chosen && (
          <MenuItem icon={<Trash2 size={15} />} danger onSelect={() => setDeleting(true)}>
            {t("home.deleteProject", { name: chosen.name })}
          </MenuItem>
        )}
      </Menu>
      {chosen && (
        <DeleteDialog
          open={deleting}
          title={t("home.deleteProject", { name: chosen.name })}
          text={t("home.deleteProjectText")}
          onClose={() => setDeleting(false)}
          onDelete={async () => {
            await remove.mutateAsync(chosen.name);
            onChange(undefined);
          }}
        />
      )}
      <NewProject open={creating} onClose={() => setCreating(false)} onCreated={(project) => onChange(project.path)} />
    </>
  );
}

interface NewProjectProps {
  open: boolean;
  onClose(): void;
  onCreated(project: Project): void;
}

function NewProject({ open, onClose, onCreated }: NewProjectProps) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const create = useMutation({
    mutationFn: () => api<Project>("POST", "/api/projects", { name: name.trim() }),
    onSuccess: async (project) => {
      await queries.invalidateQueries({ queryKey: ["projects"] });
      onCreated(project);
      setName("");
      onClose();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim()) create.mutate();
  };
  return (
    <Dialog open={open} onOpenChange={onClose} title={t("home.newProject")}>
      <form onSubmit={submit} className="space-y-4">
        <Field
          label={t("home.projectName")}
          value={name}
          maxLength={100}
          onChange={(event) => setName(event.target.value)}
        />
        <ErrorText error={create.error} />
        <div className="flex justify-end">
          <Button type="submit" look="primary" disabled={!name.trim() || create.isPending}>
            {t("home.create")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
