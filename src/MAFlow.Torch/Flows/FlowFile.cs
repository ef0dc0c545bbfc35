using static TorchSharp.torch;

namespace MAFlow.Torch.Flows;

/// <summary>Files that hold a flow alone, without preprocessing.</summary>
internal static class FlowFile
{
    /// <summary>Writes a flow as a density model without preprocessing.</summary>
    public static void Save(MongeAmpereFlow flow, string path)
    {
        using var chain = new BijectionChain([]);
        using var file = FlowFormat.Encode(chain, flow);
        file.Save(path);
    }

    /// <exception cref="FormatException">The file is damaged, or holds preprocessing as well.</exception>
    public static MongeAmpereFlow Load(string path, Device? device)
    {
        var model = DensityModel.Load(path, device);
        if (model.Preprocessing.Bijections.Count == 0)
        {
            return model.Flow;
        }

        model.Dispose();
        throw new FormatException(
            "Expected a flow without preprocessing, got a density model with it; read the file with DensityModel.Load.");
    }

    /// <summary>Writes a conditional flow.</summary>
    public static void SaveConditional(ConditionalFlow flow, string path)
    {
        using var file = FlowFormat.Encode(flow);
        file.Save(path);
    }

    /// <exception cref="FormatException">The file is damaged, or holds another kind of flow.</exception>
    public static ConditionalFlow LoadConditional(string path, Device? device)
    {
        TorchRuntime.EnsureLoaded(device);
        using var left = GradientMode.LeaveInference();
        using var file = SafetensorsFile.Load(path);
        var flow = FlowFormat.DecodeConditional(file);
        flow.MoveTo(device ?? CPU);
        return flow;
    }
}
