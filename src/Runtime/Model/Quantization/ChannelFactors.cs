namespace KernelDsl.Runtime.Model;

/// <summary>What a tensor is multiplied with before it is rounded: w'[output, input] = outputs[output] · w[output, input] · inputs[input].</summary>
/// <param name="Outputs">A factor for each output; null: 1.</param>
/// <param name="Inputs">A factor for each input, of a vector for each element; null: 1.</param>
/// <param name="Importance">Mean square of each input, divided by its factor as it will be; null: all count alike, and nothing is clipped.</param>
sealed record ChannelFactors(float[]? Outputs, float[]? Inputs, float[]? Importance = null)
{
    /// <summary>Multiplies rows [first, first + rows).</summary>
    /// <param name="first">The first row.</param>
    /// <param name="values">Row-major [rows, columns].</param>
    /// <param name="columns">Inputs.</param>
    public void Apply(int first, Span<float> values, int columns)
    {
        for (int r = 0; r * columns < values.Length; r++)
        {
            var row = values.Slice(r * columns, columns);
            if (Inputs != null)
                for (int i = 0; i < row.Length; i++) row[i] *= Inputs[i];
            if (Outputs == null) continue;
            foreach (ref float value in row) value *= Outputs[first + r];
        }
    }
}
