import { type IconName, pathsOf } from './icon-paths.ts'

/** A decoration beside words or inside a named button; `size` in rem. */
export function Icon({ name, size = 1 }: { readonly name: IconName; readonly size?: number }) {
  return (
    <svg
      className="icon"
      aria-hidden="true"
      viewBox="0 0 32 32"
      style={{ width: `${size}rem`, height: `${size}rem` }}
    >
      {pathsOf(name).map((d) => (
        <path key={d} d={d} />
      ))}
    </svg>
  )
}
