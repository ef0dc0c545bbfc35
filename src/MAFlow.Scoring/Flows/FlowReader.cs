using System.Numerics;

namespace MAFlow.Scoring.Flows;

/// <summary>Rebuilds stored flows of one type of number.</summary>
/// <typeparam name="T">Float32 or float64.</typeparam>
/// <param name="kernels">The loops of the flow.</param>
/// <param name="wide">The loops that make its constants.</param>
internal sealed class FlowReader<T>(Kernels<T> kernels, Kernels<double> wide)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private const string Ridge = "ridge";
    private const string Piecewise = "piecewise";
    private const double MaxHorizon = 1e6;

    /// <summary>The flow of a stored potential and stored options.</summary>
    /// <exception cref="NotSupportedException">A kind is not scored here.</exception>
    /// <exception cref="FormatException">What is stored does not fit together.</exception>
    public RidgeFlow<T> Read(StoredComponent potential, StoredComponent options)
    {
        var tableau = ButcherTableau.Restore(options);
        var horizon = options.Number("horizon");
        var restored = Read(potential);
        if (horizon is not (> 0 and <= MaxHorizon) || Math.Abs(horizon - (restored.Horizon ?? horizon)) > 1e-9 * horizon)
        {
            throw new FormatException($"Expected the horizon that the potential is made for, in (0, {MaxHorizon}]; the file is damaged.");
        }

        return new(restored, restored.Horizon ?? horizon, tableau, kernels);
    }

    private Potential<T> Read(StoredComponent stored) => stored.Kind switch
    {
        Ridge => ReadRidge(stored),
        Piecewise => new PiecewisePotential<T>(stored.Number("horizon"), [.. stored.Children("parts").Select(Read)]),
        _ => throw Unknown.Kind("potential", stored.Kind, Ridge, Piecewise),
    };

    private RidgePotential<T> ReadRidge(StoredComponent stored)
    {
        var activation = Activation<T>.ByName(stored.Text("activation"));
        var (weight, amplitude) = (stored.Tensor("weight"), stored.Tensor("amplitude"));
        var bias = stored.Tensors.GetValueOrDefault("bias");
        var isWhole = weight.Shape.Length == 2 && weight.Values.Length > 0 && amplitude.Shape.Length == 1
            && amplitude.Values.Length == weight.Shape[0] && activation.IsEven == bias is null
            && (bias is null || (bias.Shape.Length == 1 && bias.Values.Length == weight.Shape[0]));
        return isWhole
            ? new(weight, bias?.Values, amplitude.Values, activation, wide)
            : throw new FormatException(
                "Expected weights [h, N], amplitudes [h] and, unless the activation is even, biases [h] in the stored ridge; "
                + "the file is damaged.");
    }
}
