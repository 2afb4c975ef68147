// Names and paths: somebody else's text, which keeps its own direction and changes that of nothing beside it.
import { Fragment } from 'react'
import { printable } from '#base/common/display-text.ts'

interface NameProps {
  readonly children: string
  readonly className?: string | undefined
  /** On one line, shortened where the name ends; whole in the tooltip. */
  readonly cut?: boolean
  readonly title?: string
}

export function Name({ children, className = '', cut = false, title }: NameProps) {
  const shown = printable(children)
  return (
    <bdi
      className={cut ? `${className} cut` : className || undefined}
      title={title ?? (cut ? shown : undefined)}
    >
      {shown}
    </bdi>
  )
}

/** A sentence with identifiers, such as a scope, whose lines end at a mark in them rather than within a word. */
export function Sentence({ children }: { readonly children: string }) {
  let at = 0
  return children.split(/(?<=[_:/.])(?=[^\s_:/.])/).map((part) => {
    at += part.length
    return (
      <Fragment key={at}>
        {part}
        <wbr />
      </Fragment>
    )
  })
}

/** The folders stand from left to right, whatever script their names are in. */
export function Path({ children }: { readonly children: string }) {
  let at = 0
  return (
    <bdi dir="ltr">
      {printable(children)
        .split(/(?<=[\\/])/)
        .map((part) => {
          at += part.length
          return <bdi key={at}>{part}</bdi>
        })}
    </bdi>
  )
}
