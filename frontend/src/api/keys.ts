/** Keys of cached answers, shaped by what makes them old: news of one satellite, or of any. */
export const keys = {
  all: ['api'] as const,
  fleet: ['api', 'fleet'] as const,
  satellite: (id: string) => ['api', 'satellite', id] as const,
}
