import type { Definition, Nodes, Parent, RootContent } from "mdast";
import { Fragment, type ReactNode } from "react";
import { CodeBlock } from "./CodeBlock";
import { safeHref } from "./link";

export interface RenderContext {
  definitions: ReadonlyMap<string, Definition>;
  /** The text is still growing at the end of this block. */
  open: boolean;
}

type Renderer<T extends RootContent["type"]> = (
  node: Extract<RootContent, { type: T }>,
  context: RenderContext,
  key: number,
) => ReactNode;

type Renderers = { [T in RootContent["type"]]?: Renderer<T> };

const renderers: Renderers = {
  text: (node) => node.value,
  paragraph: (node, context, key) => <p key={key}>{childrenOf(node, context)}</p>,
  // A text may begin with any level and skip others; in the outline of the page its headings stand side by side.
  heading: (node, context, key) => (
    <h2 key={key} data-depth={node.depth}>
      {childrenOf(node, context)}
    </h2>
  ),
  strong: (node, context, key) => <strong key={key}>{childrenOf(node, context)}</strong>,
  emphasis: (node, context, key) => <em key={key}>{childrenOf(node, context)}</em>,
  delete: (node, context, key) => <del key={key}>{childrenOf(node, context)}</del>,
  inlineCode: (node, _context, key) => (
    <code key={key} className="inline">
      {node.value}
    </code>
  ),
  code: (node, context, key) => (
    <CodeBlock key={key} code={node.value} language={node.lang ?? ""} open={context.open} />
  ),
  blockquote: (node, context, key) => <blockquote key={key}>{childrenOf(node, context)}</blockquote>,
  list(node, context, key) {
    const items = childrenOf(node, context);
    return node.ordered ? (
      <ol key={key} start={node.start ?? 1}>
        {items}
      </ol>
    ) : (
      <ul key={key}>{items}</ul>
    );
  },
  listItem(node, context, key) {
    const task = typeof node.checked === "boolean";
    return (
      <li key={key} className={task ? "task" : undefined}>
        {task && <span aria-hidden="true">{node.checked ? "☑ " : "☐ "}</span>}
        {node.spread ? childrenOf(node, context) : tightChildren(node, context)}
      </li>
    );
  },
  thematicBreak: (_node, _context, key) => <hr key={key} />,
  break: (_node, _context, key) => <br key={key} />,
  table(node, context, key) {
    const [head, ...rows] = node.children;
    return (
      <div key={key} className="overflow-x-auto" tabIndex={0} role="group" aria-label="table">
        <table>
          {head && (
            <thead>
              <tr>
                {head.children.map((cell, i) => {
                  const Cell = cell.children.length > 0 ? "th" : "td"; // A corner that is empty heads nothing.
                  return <Cell key={String(i)}>{childrenOf(cell, context)}</Cell>;
                })}
              </tr>
            </thead>
          )}
          <tbody>
            {rows.map((row, r) => (
              <tr key={String(r)}>
                {row.children.map((cell, i) => (
                  <td key={String(i)}>{childrenOf(cell, context)}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    );
  },
  link: (node, context, key) => link(node.url, childrenOf(node, context), key),
  linkReference(node, context, key) {
    const definition = context.definitions.get(node.identifier.toUpperCase());
    return definition ? (
      link(definition.url, childrenOf(node, context), key)
    ) : (
      <Fragment key={key}>{childrenOf(node, context)}</Fragment>
    );
  },
  // An image would tell another server that this was read: it is shown as a link, and never loaded.
  image: (node, _context, key) => link(node.url, `🖼 ${node.alt || node.url}`, key),
  imageReference(node, context, key) {
    const definition = context.definitions.get(node.identifier.toUpperCase());
    return link(definition?.url ?? "", `🖼 ${node.alt || (definition?.url ?? "")}`, key);
  },
  html: (node, _context, key) => <Fragment key={key}>{node.value}</Fragment>,
  footnoteReference: (node, _context, key) => <sup key={key}>[{node.identifier}]</sup>,
  footnoteDefinition: (node, context, key) => (
    <div key={key}>
      [{node.identifier}] {childrenOf(node, context)}
    </div>
  ),
};

/** renderNode turns a node of the syntax tree into React elements; kinds without a renderer show their children. */
export function renderNode(node: Nodes, context: RenderContext, key: number): ReactNode {
  const renderer = renderers[node.type as RootContent["type"]] as Renderer<never> | undefined;
  if (renderer) return renderer(node as never, context, key);
  return "children" in node ? <Fragment key={key}>{childrenOf(node, context)}</Fragment> : null;
}

function childrenOf(node: Parent, context: RenderContext): ReactNode[] {
  return node.children.map((child, index) => renderNode(child, context, index));
}

/** tightChildren leaves out the paragraphs of a list that has no blank lines. */
function tightChildren(node: Parent, context: RenderContext): ReactNode[] {
  return node.children.map((child, index) =>
    child.type === "paragraph" ? (
      <Fragment key={String(index)}>{childrenOf(child, context)}</Fragment>
    ) : (
      renderNode(child, context, index)
    ),
  );
}

function link(url: string, label: ReactNode, key: number): ReactNode {
  const href = safeHref(url);
  if (!href) return <Fragment key={key}>{label}</Fragment>;
  return (
    <a key={key} href={href} target="_blank" rel="noopener noreferrer nofollow" title={href}>
      {label}
    </a>
  );
}
