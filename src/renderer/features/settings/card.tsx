// One card of the settings.
import type { ReactNode } from 'react'
import layout from '#renderer/components/layout.module.css'

/** `title`: where its section has several cards. */
export function Card({ title, children }: { readonly title?: string; readonly children: ReactNode }) {
  return (
    <section className={layout.card}>
      {title !== undefined && <h3>{title}</h3>}
      {children}
    </section>
  )
}
