using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>One optimiser step along the sum of the gradients of a step's batches.</summary>
/// <param name="state">What is trained.</param>
/// <param name="maxNorm">Largest norm of the gradient.</param>
/// <param name="rows">Points of a step, on all processes.</param>
/// <param name="agreement">Of the processes whose gradients are added.</param>
internal sealed class Descent(TrainingState state, double maxNorm, long rows, Agreement agreement)
{
    /// <summary>Takes the step, unless a number is not finite.</summary>
    /// <returns>Mean of the reported values, their standard deviation, and the norm of the gradient before clipping.</returns>
    public (double Loss, double Deviation, double GradientNorm) Step(IEnumerable<TrainingBatch> batches, double rate)
    {
        using var scope = NewDisposeScope();
        // Whatever the caller has switched off, training needs gradients.
        using var _ = GradientMode.Recording();
        ClearGradients();
        // One number per point, of all batches and all processes.
        var (values, parts) = (zeros(rows, dtype: float64), new List<(Tensor Values, double Offset, double Share)>());
        agreement.Together(
            _ =>
            {
                var start = 0L;
                foreach (var part in batches)
                {
                    using var inner = NewDisposeScope();
                    var reported = values.narrow(0, start, part.Rows).MoveToOuterDisposeScope();
                    Differentiate(part, reported);
                    parts.Add((reported, part.Offset, part.Share));
                    start += part.Rows;
                }
            },
            values);
        var loss = parts.Sum(part => part.Share * (part.Values.mean().item<double>() - part.Offset));
        var gradients = state.Parameters.Select(parameter => parameter.grad).OfType<Tensor>().ToList();
        agreement.Collective.SumAll(gradients);
        var norm = Norm(gradients);
        if (double.IsFinite(loss) && double.IsFinite(norm))
        {
            state.Adam.Step(rate, Math.Min(1, maxNorm / norm));
            state.Average.Update(state.Adam.Steps);
        }

        ClearGradients();
        return (loss, rows > 1 ? values.std().item<double>() : 0, norm);
    }

    /// <summary>Adds the gradient of a batch, or of the part of it that this process has, to that of the step.</summary>
    /// <param name="part">The batch.</param>
    /// <param name="reported">Is filled in where the points of this process are: with NaN, where the loss is not finite.</param>
    private void Differentiate(TrainingBatch part, Tensor reported)
    {
        var batch = part.Batch;
        try
        {
            var value = part.Objective.Checked(batch);
            var (first, count) = agreement.Collective.Share(part.Rows);
            value.Loss.Mul(part.Share * ((double)count / part.Rows)).backward();
            var isFinite = double.IsFinite(value.Loss.to(float64).item<double>());
            reported.narrow(0, first, count).copy_(isFinite ? value.Values : value.Values.Mul(double.NaN));
        }
        finally
        {
            batch.Release();
        }
    }

    /// <summary>One number leaves the device, however many parameters there are.</summary>
    private static double Norm(IReadOnlyList<Tensor> gradients)
    {
        using var scope = NewDisposeScope();
        var squares = gradients.Select(gradient => gradient.detach().Square().sum().to(float64)).ToList();
        return squares.Count == 0 ? 0 : Math.Sqrt(stack(squares).sum().item<double>());
    }

    private void ClearGradients()
    {
        foreach (var parameter in state.Parameters)
        {
            parameter.grad = null;
        }
    }
}
