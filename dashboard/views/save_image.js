// Saves the chart beside it as a PNG or an SVG, with its title and on the page's ground. Plotly draws the file in the
// browser: nothing leaves the machine, and the server needs no browser of its own.
export default function ({ data, parentElement }) {
  for (const button of parentElement.querySelectorAll("button")) {
    button.onclick = () => {
      const plot = document.querySelector(`.st-key-${data.chart} .js-plotly-plot`);
      const camera = plot?._fullLayout?._modeBar?.buttons[0][0];
      if (!camera) return;
      const { title, margin, paper_bgcolor: ground } = plot.layout;
      plot.layout.title = { text: data.title, x: 0, xref: "paper", xanchor: "left", yref: "container", y: 0.98, yanchor: "top" };
      plot.layout.margin = { ...margin, t: (margin?.t ?? 16) + 40 };
      plot.layout.paper_bgcolor = getComputedStyle(document.querySelector(".stApp")).backgroundColor;
      plot._context.toImageButtonOptions = { format: button.dataset.format, filename: data.file, scale: 2 };
      camera.click(plot);
      setTimeout(() => Object.assign(plot.layout, { title, margin, paper_bgcolor: ground }));
    };
  }
}
