using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Training;

/// <summary>Exponential moving average of the weights: θ̄ ← δθ̄ + (1-δ)θ with δ = min(decay, (1+t)/(10+t)), which forgets the start
/// quickly.</summary>
/// <remarks>Polyak, Juditsky (1992); a decay of 0 keeps the last weights.</remarks>
internal sealed class WeightAverage : IDisposable
{
    private readonly IReadOnlyList<Parameter> _parameters;
    private readonly double _decay;

    public WeightAverage(IReadOnlyList<Parameter> parameters, double decay)
    {
        (_parameters, _decay) = (parameters, decay);
        Values = [.. parameters.Select(parameter => parameter.detach().clone().DetachFromDisposeScope())];
    }

    /// <summary>θ̄, one per parameter.</summary>
    public IReadOnlyList<Tensor> Values { get; }

    /// <summary>Takes the current weights into the average.</summary>
    /// <param name="step">Number t of optimiser steps taken.</param>
    public void Update(long step)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var weight = 1 - Math.Min(_decay, (1.0 + step) / (10.0 + step));
        for (var i = 0; i < Values.Count; i++)
        {
            Values[i].lerp_(_parameters[i], weight);
        }
    }

    /// <summary>Runs an action with the averaged weights in place of the current ones.</summary>
    public T While<T>(Func<T> action) => While(Values, _parameters, action);

    /// <summary>Runs an action with other numbers in place of the current ones.</summary>
    public static T While<T>(IReadOnlyList<Tensor> values, IReadOnlyList<Tensor> parameters, Func<T> action)
    {
        using var scope = NewDisposeScope();
        var current = parameters.Select(parameter => parameter.detach().clone()).ToList();
        try
        {
            Copy(values, parameters);
            return action();
        }
        finally
        {
            Copy(current, parameters);
        }
    }

    /// <summary>Copies numbers from one list of tensors into another.</summary>
    public static void Copy(IReadOnlyList<Tensor> source, IReadOnlyList<Tensor> target)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        for (var i = 0; i < source.Count; i++)
        {
            target[i].copy_(source[i]);
        }
    }

    public void Dispose()
    {
        foreach (var value in Values)
        {
            value.Dispose();
        }
    }
}
