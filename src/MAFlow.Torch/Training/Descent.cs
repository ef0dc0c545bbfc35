using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>One optimiser step along the sum of the gradients of a step's batches.</summary>
/// <param name="state">What is trained.</param>
/// <param name="maxNorm">Largest norm of the gradient.</param>
internal sealed class Descent(TrainingState state, double maxNorm)
{
    /// <summary>Takes the step, unless a number is not finite.</summary>
    /// <returns>Mean of the reported values, their standard deviation, and the norm of the gradient before clipping.</returns>
    public (double Loss, double Deviation, double GradientNorm) Step(IEnumerable<TrainingBatch> batches, double rate)
    {
        using var scope = NewDisposeScope();
        // Whatever the caller has switched off, training needs gradients.
        using var _ = GradientMode.Recording();
        ClearGradients();
        var (loss, isFinite, values) = (0.0, true, new List<Tensor>());
        foreach (var (objective, batch, offset, share) in batches)
        {
            using var part = NewDisposeScope();
            try
            {
                var value = objective.Checked(batch);
                value.Loss.Mul(share).backward();
                isFinite &= double.IsFinite(value.Loss.to(float64).item<double>());
                values.Add(value.Values.to(float64).cpu().alias().MoveToOuterDisposeScope());
                loss += share * (values[^1].mean().item<double>() - offset);
            }
            finally
            {
                batch.Release();
            }
        }

        var norm = GradientNorm();
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

    /// <summary>One number leaves the device, however many parameters there are.</summary>
    private double GradientNorm()
    {
        using var scope = NewDisposeScope();
        var gradients = state.Parameters.Select(parameter => parameter.grad).OfType<Tensor>();
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
