using TorchSharp;
using static TorchSharp.torch;

namespace MAFlow.Torch.Integrators;

/// <summary>A state on its way through the steps of an explicit Runge-Kutta method, changed in place.</summary>
internal sealed class StagePath
{
    private readonly ButcherTableau _tableau;
    private readonly Scalar _step;
    private readonly Tensor[] _rates;

    /// <param name="start">Where it begins.</param>
    /// <param name="tableau">Method.</param>
    /// <param name="step">ε.</param>
    public StagePath(Tensor start, ButcherTableau tableau, Scalar step)
    {
        (_tableau, _step, Now) = (tableau, step, start.clone());
        _rates = [.. Enumerable.Range(0, tableau.Stages).Select(_ => empty_like(start))];
    }

    /// <summary>The state after the steps so far.</summary>
    public Tensor Now { get; }

    /// <summary>The point of a stage: x + ε Σ_{j&lt;i} Aᵢⱼ vⱼ.</summary>
    /// <param name="i">The stage.</param>
    /// <param name="place">Where to put it; a tensor of its own when null.</param>
    public Tensor Stage(int i, Tensor? place = null)
    {
        var point = place is null ? Now.clone() : place.copy_(Now);
        for (var j = 0; j < i; j++)
        {
            TableauScalars.Add(point, _rates[j], _tableau.Scalars.A[i][j]);
        }

        return point;
    }

    /// <summary>Keeps the velocity of a stage.</summary>
    public void Keep(int i, Tensor velocity) => _rates[i].copy_(velocity.mul_(_step));

    /// <summary>Ends a step: x ← x + ε Σ bᵢ vᵢ.</summary>
    public void Advance()
    {
        for (var i = 0; i < _rates.Length; i++)
        {
            TableauScalars.Add(Now, _rates[i], _tableau.Scalars.B[i]);
        }
    }
}
