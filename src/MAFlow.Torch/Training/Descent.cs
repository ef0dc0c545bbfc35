using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>One optimiser step along the sum of the gradients of a step's batches.</summary>
/// <param name="state">What is trained.</param>
/// <param name="maxNorm">Largest norm of the gradient.</param>
/// <param name="agreement">Of the processes whose gradients are added.</param>
internal sealed class Descent(TrainingState state, double maxNorm, Agreement agreement)
{
    /// <summary>Takes the step, unless a number is not finite.</summary>
    /// <returns>Mean of the reported values, their standard deviation, and the norm of the gradient before clipping.</returns>
    public (double Loss, double Deviation, double GradientNorm) Step(IEnumerable<TrainingBatch> batches, double rate)
    {
        using var scope = NewDisposeScope();
        // Whatever the caller has switched off, training needs gradients.
        using var _ = GradientMode.Recording();
        ClearGradients();
        var own = new List<(TrainingBatch Batch, Tensor Values)>();
        var isFinite = true;
        agreement.Try(_ =>
        {
            foreach (var part in batches)
            {
                using var inner = NewDisposeScope();
                isFinite &= Differentiate(part, own);
            }
        });
        agreement.Settle();
        var (loss, values) = (0.0, new List<Tensor>());
        foreach (var (batch, reported) in own)
        {
            // What is not finite on one process is so on all.
            var told = agreement.IsShared && !isFinite ? reported.Mul(double.NaN) : reported;
            values.Add(agreement.Collective.Gather(told, batch.Rows));
            loss += batch.Share * (values[^1].mean().item<double>() - batch.Offset);
        }

        var gradients = state.Parameters.Select(parameter => parameter.grad).OfType<Tensor>().ToList();
        agreement.Collective.SumAll(gradients);
        var norm = Norm(gradients);
        loss = isFinite ? loss : double.NaN;
        if (double.IsFinite(loss) && double.IsFinite(norm))
        {
            state.Adam.Step(rate, Math.Min(1, maxNorm / norm));
            state.Average.Update(state.Adam.Steps);
        }

        ClearGradients();
        using var all = cat(values);
        return (loss, all.shape[0] > 1 ? all.std().item<double>() : 0, norm);
    }

    /// <summary>Adds the gradient of a batch, or of the part of it that this process has, to that of the step.</summary>
    /// <returns>Whether the loss is finite.</returns>
    private static bool Differentiate(TrainingBatch part, List<(TrainingBatch Batch, Tensor Values)> reported)
    {
        var batch = part.Batch;
        try
        {
            var value = part.Objective.Checked(batch);
            value.Loss.Mul(part.Share * ((double)batch.Points.shape[0] / part.Rows)).backward();
            reported.Add((part, value.Values.to(float64).cpu().alias().MoveToOuterDisposeScope()));
            return double.IsFinite(value.Loss.to(float64).item<double>());
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
