// Combo box: one of many values, found by typing (WAI-ARIA Authoring Practices, "Editable Combobox With List Autocomplete").
import { type KeyboardEvent, useId, useMemo, useRef, useState } from 'react'
import { foldText } from '#base/common/fold-text.ts'
import styles from './combo.module.css'
import fieldStyles from './field.module.css'
import { Icon } from './icon.tsx'

export interface ComboOption {
  readonly value: string
  readonly words: string
  /** Beside the words, and searched as well. */
  readonly detail?: string
}

interface ComboProps {
  readonly label: string
  /** '': all. */
  readonly value: string
  readonly options: readonly ComboOption[]
  /** Shown where nothing is chosen. */
  readonly all: string
  readonly onChange: (value: string) => void
}

/** More are found by typing. */
const MOST_LISTED = 50

export function Combo({ label, value, options, all, onChange }: ComboProps) {
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  /** What is typed; null: nothing is, and the list is closed. */
  const [typed, setTyped] = useState<string | null>(null)
  const [active, setActive] = useState(0)
  const chosen = options.find((option) => option.value === value)
  const found = useFound(options, typed)
  const listed = [{ value: '', words: all }, ...found.slice(0, MOST_LISTED)]
  const isOpen = typed !== null
  const [toLeft, setToLeft] = useState(false)
  const open = (text: string) => {
    setTyped(text)
    const left = input.current?.getBoundingClientRect().left ?? 0
    setToLeft(left + WIDEST > window.innerWidth)
    // The first that fits what is typed; otherwise what is chosen.
    setActive(text === '' ? Math.max(0, found.findIndex((option) => option.value === value) + 1) : 1)
  }
  const close = () => setTyped(null)
  const choose = (option: ComboOption | undefined) => {
    close()
    if (option !== undefined && option.value !== value) onChange(option.value)
  }
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined) {
      event.preventDefault()
      if (!isOpen) return open('')
      setActive((active + step + listed.length) % listed.length)
    } else if (event.key === 'Enter' && isOpen) {
      event.preventDefault()
      choose(listed[Math.min(active, listed.length - 1)])
    } else if (event.key === 'Escape' && isOpen) {
      event.preventDefault()
      event.stopPropagation()
      close()
    }
  }
  const at = Math.min(active, listed.length - 1)
  return (
    <div className={styles.combo}>
      <label htmlFor={id} className="quiet small">
        {label}
      </label>
      <div className={styles.box}>
        <input
          ref={input}
          id={id}
          className={fieldStyles.control}
          role="combobox"
          dir="auto"
          autoComplete="off"
          spellCheck={false}
          aria-expanded={isOpen}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={isOpen ? `${id}-${at}` : undefined}
          value={typed ?? chosen?.words ?? all}
          onChange={(event) => open(event.target.value)}
          onClick={() => (isOpen ? close() : open(''))}
          onFocus={(event) => event.target.select()}
          onBlur={close}
          onKeyDown={onKeyDown}
        />
        <Icon name="down" />
        <div
          id={`${id}-list`}
          className={toLeft ? `${styles.list} ${styles.toLeft}` : styles.list}
          role="listbox"
          aria-label={label}
          hidden={!isOpen}
          // The field keeps the focus.
          onPointerDown={(event) => event.preventDefault()}
        >
          {isOpen &&
            listed.map((option, index) => (
              <Option
                key={option.value}
                id={`${id}-${index}`}
                option={option}
                isActive={index === at}
                isChosen={option.value === value}
                onChoose={() => choose(option)}
              />
            ))}
          {isOpen && found.length > MOST_LISTED && (
            <p className="quiet small">
              {(found.length - MOST_LISTED).toLocaleString()} more: type to find them
            </p>
          )}
          {isOpen && found.length === 0 && <p className="quiet small">No matches</p>}
        </div>
      </div>
    </div>
  )
}

function useFound(options: readonly ComboOption[], typed: string | null): readonly ComboOption[] {
  const wanted = foldText(typed?.trim() ?? '')
  return useMemo(
    () =>
      wanted === ''
        ? options
        : options.filter(({ words, detail = '' }) => foldText(`${words}\n${detail}`).includes(wanted)),
    [options, wanted],
  )
}

/** Within the list alone: the page stays where it is. */
function scrollTo(option: HTMLElement): void {
  const list = option.parentElement
  if (list === null) return
  const below = option.offsetTop + option.offsetHeight - list.clientHeight
  list.scrollTop = Math.min(option.offsetTop, Math.max(list.scrollTop, below))
}

/** Pixels the list may be wide: where there is less to the right of its field, it goes to the left. */
const WIDEST = 360

interface OptionProps {
  readonly id: string
  readonly option: ComboOption
  readonly isActive: boolean
  readonly isChosen: boolean
  readonly onChoose: () => void
}

function Option({ id, option, isActive, isChosen, onChoose }: OptionProps) {
  const shown = (element: HTMLDivElement | null) => {
    if (isActive && element !== null) scrollTo(element)
  }
  return (
    // The keys are the field's: an option never has the focus.
    <div
      ref={shown}
      id={id}
      className={styles.option}
      role="option"
      tabIndex={-1}
      aria-selected={isChosen}
      data-active={isActive}
      onPointerUp={onChoose}
    >
      <bdi className="cut">{option.words}</bdi>
      {option.detail !== undefined && <bdi className="quiet small cut">{option.detail}</bdi>}
    </div>
  )
}
