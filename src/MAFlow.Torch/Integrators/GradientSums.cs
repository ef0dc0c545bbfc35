using static TorchSharp.torch;

namespace MAFlow.Torch.Integrators;

/// <summary>Sums over the steps of a solve of the gradients by its parameters.</summary>
/// <param name="inputs">The state at the start, then the parameters.</param>
internal sealed class GradientSums(IReadOnlyList<Tensor> inputs)
{
    private readonly Tensor?[] _sums = new Tensor?[inputs.Count];

    /// <summary>Adds the parameters' gradients of one step; the first of them, that of the state, is not summed.</summary>
    public void Add(IReadOnlyList<Tensor?> gradients)
    {
        for (var i = 1; i < _sums.Length; i++)
        {
            if (gradients[i] is not { } gradient)
            {
                continue;
            }

            if (_sums[i] is { } sum)
            {
                using var _ = no_grad();
                sum.Add_(gradient);
            }
            else
            {
                // Autograd may hand out a tensor that it shares: a sum needs its own.
                _sums[i] = gradient.detach().clone().MoveToOuterDisposeScope();
            }
        }
    }

    /// <summary>All gradients, zero where an input had no part, moved to the outer scope.</summary>
    /// <param name="state">Gradient by the state at the start.</param>
    public Tensor[] With(Tensor? state) =>
        [.. inputs.Select((input, i) => ((i == 0 ? state : _sums[i]) ?? zeros_like(input)).detach().MoveToOuterDisposeScope())];
}
