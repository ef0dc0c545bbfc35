using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>What training changes of a flow, with or without contexts.</summary>
internal static class FlowParameters
{
    /// <summary>The parameters of a potential and of the bijection behind it, by the names that checkpoints use.</summary>
    public static IReadOnlyList<(string Name, Parameter Parameter)> Of(nn.Module potential, nn.Module? bijection) =>
    [
        .. potential.named_parameters(),
        .. bijection?.named_parameters().Select(parameter => ($"final.{parameter.name}", parameter.parameter)) ?? [],
    ];
}
