using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>Adam and AdamW with their moments held as named tensors, so that a checkpoint carries them exactly.</summary>
/// <remarks>m ← β₁m + (1-β₁)g, v ← β₂v + (1-β₂)g², θ ← θ - η m̂/(√v̂ + ε). Kingma, Ba (2015), algorithm 1; decoupled decay: Loshchilov,
/// Hutter (2019).</remarks>
internal sealed class Adam : IDisposable
{
    private readonly TrainerOptions _options;
    private readonly IReadOnlyList<Parameter> _parameters;

    public Adam(IReadOnlyList<Parameter> parameters, TrainerOptions options)
    {
        (_parameters, _options) = (parameters, options);
        FirstMoments = [.. parameters.Select(parameter => zeros_like(parameter).DetachFromDisposeScope())];
        SecondMoments = [.. parameters.Select(parameter => zeros_like(parameter).DetachFromDisposeScope())];
    }

    /// <summary>m, one per parameter.</summary>
    public IReadOnlyList<Tensor> FirstMoments { get; }

    /// <summary>v, one per parameter.</summary>
    public IReadOnlyList<Tensor> SecondMoments { get; }

    /// <summary>Number of steps taken.</summary>
    public long Steps { get; set; }

    /// <summary>Takes one step along the gradients that the parameters hold.</summary>
    /// <param name="rate">Learning rate η of this step.</param>
    /// <param name="gradientScale">Factor on every gradient: below 1 where its norm is clipped.</param>
    public void Step(double rate, double gradientScale)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        Steps++;
        var correction1 = 1 - Math.Pow(_options.Beta1, Steps);
        var correction2 = 1 - Math.Pow(_options.Beta2, Steps);
        // Scalars hold native memory: made once per step, and freed with it.
        using Scalar scale = gradientScale.ToScalar();
        using Scalar decay = (_options.DecoupledWeightDecay ? 1 - (rate * _options.WeightDecay) : _options.WeightDecay).ToScalar();
        using Scalar beta1 = _options.Beta1.ToScalar();
        using Scalar beta2 = _options.Beta2.ToScalar();
        using Scalar rest1 = (1 - _options.Beta1).ToScalar();
        using Scalar rest2 = (1 - _options.Beta2).ToScalar();
        using Scalar inverse2 = (1 / correction2).ToScalar();
        using Scalar epsilon = _options.Epsilon.ToScalar();
        using Scalar length = (-rate / correction1).ToScalar();
        for (var i = 0; i < _parameters.Count; i++)
        {
            var (parameter, m, v) = (_parameters[i], FirstMoments[i], SecondMoments[i]);
            if (parameter.grad is not { } gradient)
            {
                continue;
            }

            gradient = gradient.mul(scale);
            if (_options.DecoupledWeightDecay)
            {
                parameter.mul_(decay);
            }
            else
            {
                gradient = gradient.add(parameter, alpha: decay);
            }

            m.mul_(beta1).add_(gradient, alpha: rest1);
            v.mul_(beta2).addcmul_(gradient, gradient, rest2);
            var denominator = v.mul(inverse2).sqrt_().add_(epsilon, alpha: Scalars.One);
            parameter.addcdiv_(m, denominator, length);
        }
    }

    public void Dispose()
    {
        foreach (var moment in FirstMoments.Concat(SecondMoments))
        {
            moment.Dispose();
        }
    }
}
