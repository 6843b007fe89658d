// How a moment of a trial is written: series that Prometheus might have. `+` counts up with every minute, `x` repeats.

/** Series by name, in promtool's notation: one value a minute. */
export type SeriesOf = Readonly<Record<string, string>>;

/** One moment. */
export interface Moment {
  readonly why: string;
  readonly series: SeriesOf;
  /** When it is looked at, such as `5m`. */
  readonly at: string;
}

/** An alert on trial. */
export interface AlertCase {
  readonly alert: string;
  readonly fires: readonly (Moment & {
    /** Labels of the alert, beside its severity. */
    readonly labels?: Readonly<Record<string, string>>;
    /** What stands for `$value` in its words. */
    readonly value?: string;
  })[];
  readonly quiet: readonly Moment[];
}

/** One gate. */
export const GATE = 'assent_ready{part="gate",pod="a"}';
/** Another. */
export const OTHER = 'assent_ready{part="gate",pod="b"}';
/** A controller. */
export const CONTROLLER = 'assent_ready{part="controller",pod="c"}';
