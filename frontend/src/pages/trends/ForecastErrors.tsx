import type { Statistics } from '../../api/types'
import { formatNumber } from '../../format/number'
import styles from './ForecastErrors.module.css'
import { inOrder, modelLook } from './names'

type Props = { errors: Statistics['forecasts']; unit: string }

/** How far each model's forecasts were from the samples. */
export function ForecastErrors({ errors, unit }: Props) {
  const models = inOrder(Object.keys(errors))
  if (models.length === 0) return <p className={styles.none}>No forecasts in this span.</p>
  return (
    <table className={styles.table}>
      <caption>Forecast error{unit && `, ${unit}`}</caption>
      <thead>
        <tr>
          <th scope="col">Model</th>
          <th scope="col">Mean abs.</th>
          <th scope="col">RMS</th>
          <th scope="col">Bias</th>
        </tr>
      </thead>
      <tbody>
        {models.map(model => (
          <tr key={model}>
            <th scope="row">{modelLook(model).name}</th>
            <td>{formatNumber(errors[model]?.mae, 3)}</td>
            <td>{formatNumber(errors[model]?.rmse, 3)}</td>
            <td>{formatNumber(errors[model]?.bias, 3)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
